// Writes down what live regions would say to a screen reader: every new text of each region that is not off.
(() => {
  const REGIONS = "[aria-live],[role=status],[role=alert],[role=log],[role=timer],[role=marquee],output";
  const MANNERS = { status: "polite", log: "polite", alert: "assertive" };
  const last = new WeakMap();
  window.__heard = [];

  const manner = (region) => region.getAttribute("aria-live") ?? MANNERS[region.getAttribute("role")] ?? (region.matches("output") ? "polite" : "off");

  function listen(region) {
    if (!region || manner(region) === "off" || region.closest("[aria-hidden=true],[hidden]")) {
      return;
    }
    const text = region.textContent.replace(/\s+/g, " ").trim();
    if (text !== last.get(region)) {
      last.set(region, text);
      if (text !== "") {
        window.__heard.push({ at: Date.now(), manner: manner(region), text });
      }
    }
  }

  new MutationObserver((changes) => {
    const regions = new Set();
    for (const { target, addedNodes } of changes) {
      regions.add((target instanceof Element ? target : target.parentElement)?.closest(REGIONS));
      for (const node of addedNodes) {
        if (node instanceof Element) {
          [...(node.matches(REGIONS) ? [node] : []), ...node.querySelectorAll(REGIONS)].forEach((region) => regions.add(region));
        }
      }
    }
    regions.forEach(listen);
  }).observe(document, {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true,
    attributeFilter: ["aria-live", "role", "hidden"],
  });
})();
