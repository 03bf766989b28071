// Runs in every page before anything else and tells what no text may bring about. What is a page's own is let pass by
// where it comes from, never by a name that a text could use as well.
(() => {
  const told = new Set();
  const complain = (what) => {
    const text = String(what).slice(0, 600);
    if (!told.has(text)) {
      told.add(text);
      window.__complain?.(text);
    }
  };

  // What payloads call or set.
  Object.defineProperty(window, "__xss", {
    get: () => () => complain("ran: __xss()"),
    set: () => complain("ran: __xss ="),
  });
  addEventListener(
    "securitypolicyviolation",
    (event) => complain(`policy: ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`),
    true,
  );

  const NEVER =
    "iframe,frame,frameset,object,embed,applet,base,style,math,portal,fencedframe,audio,video,source,track,picture," +
    "marquee,bgsound,map,area,image,keygen,isindex,plaintext,xmp,listing,noembed,slot,template,svg a,svg use,svg image," +
    "svg script,svg style,svg animate,svg set,svg foreignObject,svg handler,svg feImage";
  const HEAD_ONLY = "script,link,meta,title";
  // Where text stands that Nexus did not write; what else is inside is made by the page itself.
  const FOREIGN_TEXT = "nx-markdown,.said,.md,.title,pre,code,.term";
  const PLAIN =
    "A,B,BLOCKQUOTE,BR,CODE,DEL,DIV,EM,FIGCAPTION,FIGURE,H2,H3,H4,H5,H6,HR,I,LI,MARK,OL,P,PRE,S,SPAN,STRONG,TABLE,TBODY,TD," +
    "TH,THEAD,TR,UL,NX-CODE,NX-MARKDOWN,BUTTON";
  const ALLOWED = new Set(PLAIN.split(","));
  const RUNS = /^(on|@|v-|ng-|x-|hx-|\.|\?)|^(srcdoc|srcset|formaction|ping|background|manifest|http-equiv|nonce|is|xlink:href|style)$/i;

  /** How high a finished block was, kept by the page for when it is out of sight. */
  const REMEMBERED_HEIGHT = /^contain-intrinsic-block-size: auto \d+px;$/;

  const show = (element) => element.outerHTML.slice(0, 200);

  function judge(element) {
    if (element.matches(HEAD_ONLY)) {
      // `svg title` is a name.
      const fine = document.head?.contains(element) || !document.body || element.matches("svg title");
      const from = element.getAttribute("src") ?? element.getAttribute("href");
      if (!fine || (from !== null && new URL(from, location.href).origin !== location.origin)) {
        complain(`element: ${show(element)}`);
      }
      return;
    }
    if (element.matches(NEVER)) {
      complain(`element: ${show(element)}`);
    }
    const text = element.closest(FOREIGN_TEXT);
    if (text) {
      foreign(element, text);
    }
    for (const { name, value } of element.attributes) {
      attribute(element, name, value);
    }
    if (element instanceof HTMLImageElement) {
      image(element, text);
    }
    if (element instanceof HTMLFormElement && element.hasAttribute("action") && element.action !== location.href) {
      complain(`form: ${show(element)}`);
    }
  }

  /** Inside of what a model wrote only these elements are made, and no name that scripts or labels look for. */
  function foreign(element, text) {
    const icon = element.closest("svg.i");
    const button = element.closest("button.btn,a.btn,button.title");
    if (icon && (icon.closest("button,.cap,.line,.box") || icon.parentElement === text)) {
      return;
    }
    if (!ALLOWED.has(element.tagName) || (element.tagName === "BUTTON" && !button)) {
      complain(`element in a text: ${show(element)}`);
    }
    // Ids of sessions are made of random letters, which may happen to be these.
    const names = `${element.id} ${element.getAttribute("name") ?? ""}`.replace(/\b(ses|msg|prt)_[0-9A-Za-z]{20,}/g, "");
    if (/xss|proto|constructor|document|cookie/i.test(names)) {
      complain(`name in a text: ${show(element)}`);
    }
  }

  function attribute(element, name, value) {
    const ownStyle =
      name === "style" &&
      element instanceof HTMLElement &&
      (!element.closest(FOREIGN_TEXT) || (element.matches("div.group,.run.done") && REMEMBERED_HEIGHT.test(value)));
    if (RUNS.test(name) && !ownStyle) {
      complain(`attribute ${name}: ${show(element)}`);
    }
    if (name === "href" && element instanceof HTMLAnchorElement) {
      link(element);
    } else if (name === "href" && !element.matches(HEAD_ONLY)) {
      complain(`href: ${show(element)}`);
    } else if (name === "src" && !element.matches("img,script") ) {
      complain(`src: ${show(element)}`);
    } else if (/^\s*(javascript|vbscript|data):/i.test(value) && !(element instanceof HTMLImageElement) && ["href", "src", "action"].includes(name)) {
      complain(`address: ${show(element)}`);
    }
  }

  function link(element) {
    if (!["http:", "https:", "mailto:"].includes(element.protocol)) {
      complain(`link: ${show(element)}`);
      return;
    }
    const away = element.protocol === "mailto:" || element.origin !== location.origin;
    if (element.username || element.password) {
      complain(`link with a name: ${show(element)}`);
    }
    if ((away || element.closest(FOREIGN_TEXT)) && (element.target !== "_blank" || !element.relList.contains("noopener"))) {
      complain(`link that is not opened safely: ${show(element)}`);
    }
  }

  const FROM_NEXUS = /^\/api\/(chat\/|tunnel\/qr$)/;

  /** Its own pictures: of conversations, of the public address, and of a login link, which is kept nowhere. */
  function image(element, text) {
    const address = new URL(element.getAttribute("src") ?? "", location.href);
    const own =
      address.protocol === "blob:" ||
      (address.origin === location.origin && FROM_NEXUS.test(address.pathname)) ||
      (address.href.startsWith("data:image/svg+xml;") && element.closest("nx-login-link"));
    if (text || !own) {
      complain(`image: ${show(element)}`);
    }
  }

  function whole(node) {
    if (node instanceof Element) {
      judge(node);
      node.querySelectorAll("*").forEach(judge);
    }
  }

  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "attributes") {
        judge(change.target);
      } else {
        change.addedNodes.forEach(whole);
      }
    }
  }).observe(document, { subtree: true, childList: true, attributes: true });

  /** Looks at everything that stands in the page now. Gives the number of elements it saw. */
  window.__judgeAll = () => {
    const all = document.querySelectorAll("*");
    all.forEach(judge);
    return all.length;
  };
})();
