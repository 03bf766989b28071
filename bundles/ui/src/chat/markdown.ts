import * as smd from "streaming-markdown";
import { NxCode } from "./nx-code.ts";
import { bareLink, safeLink } from "./links.ts";
import { Shield, unshield } from "./shield.ts";
import { appendText } from "./text.ts";

/** Nobody nests deeper on purpose, and a browser lays out deeper trees slowly. */
const DEEPEST = 32;

/**
 * Writes Markdown into an element as it arrives: append only, nothing is parsed twice, and everything is made with
 * createElement. Only links of {@link safeLink} lead anywhere, and images are never loaded.
 */
export class MarkdownWriter {
  readonly #parser: smd.Parser;
  readonly #shield = new Shield();
  readonly #stack: Node[];
  #broken = false;

  constructor(private readonly root: HTMLElement) {
    this.#stack = [root];
    this.#parser = smd.parser({
      data: undefined,
      add_token: (_, token) => this.#open(token),
      end_token: () => this.#close(),
      add_text: (_, text) => this.#text(unshield(text)),
      set_attr: (_, attribute, value) => this.#attribute(attribute, unshield(value)),
    });
  }

  write(text: string): void {
    this.#parse(this.#shield.write(text));
  }

  /** Call once, when nothing follows. */
  end(): void {
    this.#parse(this.#shield.end());
    const top = this.#top;
    if (!this.#broken) {
      smd.parser_end(this.#parser);
      // A link that was never closed keeps its address to itself.
      const rest = unshield(this.#parser.pending);
      if (rest.startsWith("](")) {
        appendText(top, rest.trimEnd());
      }
    }
    while (this.#stack.length > 1) {
      this.#close();
    }
  }

  /** Puts something where the next text goes. It has to be gone before the next write. Between blocks it is left out. */
  place(mark: Node): void {
    const top = this.#top;
    if (top instanceof NxCode || top instanceof HTMLTableElement) {
      return;
    }
    if (top !== this.root || !this.root.hasChildNodes()) {
      top.appendChild(mark);
    }
  }

  get #top(): Node {
    return this.#stack.at(-1)!;
  }

  #parse(text: string): void {
    if (this.#broken) {
      appendText(this.root, unshield(text));
      return;
    }
    try {
      smd.parser_write(this.#parser, text);
    } catch {
      // The parser lost its way. What follows is shown as it comes, so that no word is missing.
      this.#broken = true;
    }
  }

  #open(token: smd.Token): void {
    const parent = this.#top;
    if (this.#stack.length > DEEPEST) {
      this.#stack.push(parent);
      return;
    }
    this.#stack.push(this.#make(token, parent));
  }

  #make(token: smd.Token, parent: Node): Node {
    switch (token) {
      case smd.BLOCKQUOTE:
        return add(parent, "blockquote");
      case smd.PARAGRAPH:
        return add(parent, "p");
      case smd.LINE_BREAK:
        return add(parent, "br");
      case smd.RULE:
        return add(parent, "hr");
      // The turn has a heading of level 3, so those inside of it begin with 4.
      case smd.HEADING_1:
      case smd.HEADING_2:
        return add(parent, "h4");
      case smd.HEADING_3:
        return add(parent, "h5");
      case smd.HEADING_4:
      case smd.HEADING_5:
      case smd.HEADING_6:
        return add(parent, "h6");
      case smd.ITALIC_AST:
      case smd.ITALIC_UND:
        return add(parent, "em");
      case smd.STRONG_AST:
      case smd.STRONG_UND:
        return add(parent, "strong");
      case smd.STRIKE:
        return add(parent, "s");
      case smd.CODE_INLINE:
        return add(parent, "code");
      case smd.LINK:
      case smd.RAW_URL:
      case smd.IMAGE: {
        const link = add(parent, "a");
        link.dataset["kind"] = token === smd.IMAGE ? "image" : token === smd.LINK ? "link" : "bare";
        return link;
      }
      case smd.LIST_UNORDERED:
        return add(parent, "ul");
      case smd.LIST_ORDERED:
        return add(parent, "ol");
      case smd.LIST_ITEM:
        return add(parent, "li");
      case smd.CHECKBOX: {
        const box = add(parent, "span");
        box.className = "box";
        box.setAttribute("role", "img");
        box.setAttribute("aria-label", "Open");
        return box;
      }
      case smd.CODE_BLOCK:
      case smd.CODE_FENCE:
        return parent.appendChild(new NxCode());
      case smd.TABLE: {
        const region = add(parent, "div");
        region.className = "scroll";
        region.tabIndex = 0;
        region.setAttribute("role", "group");
        region.setAttribute("aria-label", "Table");
        return add(region, "table");
      }
      case smd.TABLE_ROW: {
        const rows = parent.childNodes.length;
        const section = rows === 0 ? add(parent, "thead") : rows === 1 ? add(parent, "tbody") : parent.childNodes[1]!;
        return add(section, "tr");
      }
      case smd.TABLE_CELL: {
        const head = parent.parentNode?.nodeName === "THEAD";
        const cell = add(parent, head ? "th" : "td");
        if (head) {
          cell.setAttribute("scope", "col");
        }
        return cell;
      }
      default:
        return add(parent, "span");
    }
  }

  #close(): void {
    const node = this.#stack.pop();
    if (!node || node === this.#stack.at(-1)) {
      return;
    }
    if (node instanceof NxCode) {
      node.close();
    } else if (node instanceof HTMLAnchorElement) {
      endLink(node);
    } else if (node instanceof HTMLTableElement) {
      alignNumbers(node);
    }
  }

  #text(text: string): void {
    const top = this.#top;
    if (top instanceof NxCode) {
      top.write(text);
      return;
    }
    appendText(top, text);
  }

  #attribute(attribute: smd.Attr, value: string): void {
    const top = this.#top;
    if (attribute === smd.LANG && top instanceof NxCode) {
      top.language = value;
    } else if (attribute === smd.START && top instanceof HTMLOListElement) {
      top.start = Number(value) || 1;
    } else if (attribute === smd.CHECKED && top instanceof HTMLElement) {
      top.classList.add("checked");
      top.setAttribute("aria-label", "Done");
    } else if ((attribute === smd.HREF || attribute === smd.SRC) && top instanceof HTMLAnchorElement) {
      address(top, value);
    }
  }
}

function add<K extends keyof HTMLElementTagNameMap>(parent: Node, name: K): HTMLElementTagNameMap[K] {
  return parent.appendChild(document.createElement(name));
}

function address(link: HTMLAnchorElement, value: string): void {
  const href = link.dataset["kind"] === "bare" ? bareLink(value) : safeLink(withoutTitle(value));
  if (href === null) {
    link.dataset["to"] = value;
    return;
  }
  link.href = href;
  link.rel = "noopener noreferrer nofollow";
  link.target = "_blank";
}

/** `address "title"` → `address`; nothing when there is more, because then it is no address. */
function withoutTitle(value: string): string {
  return /^\s*<?([^\s<>]*)>?(?:\s+(?:"[^"]*"|'[^']*'))?\s*$/.exec(value)?.[1] ?? "";
}

/** A link that leads nowhere becomes what was written. A path inside the workspace keeps only its words. */
function endLink(link: HTMLAnchorElement): void {
  const { kind, to } = link.dataset;
  if (link.href) {
    if (!link.hasChildNodes()) {
      link.textContent = link.href;
    }
    return;
  }
  const words = document.createDocumentFragment();
  words.append(...link.childNodes);
  if (kind === "bare") {
    link.replaceWith(words);
    return;
  }
  if (to === undefined) {
    link.replaceWith(kind === "image" ? "![" : "[", words, "]");
    return;
  }
  if (/^[\w./#@~-]+$/.test(to)) {
    const span = document.createElement("span");
    span.title = to;
    span.append(words.textContent ? words : to);
    link.replaceWith(span);
    return;
  }
  link.replaceWith(kind === "image" ? "![" : "[", words, `](${to})`);
}

const NUMBER = /^[-−+~<>≤≥]?[$€£]?\s?\d[\d.,  ]*\s?(%|[a-zA-Zµ]{1,3}|[$€£])?$/;

/** Columns of numbers are read from the right. */
function alignNumbers(table: HTMLTableElement): void {
  const [head, ...rows] = [...table.rows];
  for (let column = 0; column < (head?.cells.length ?? 0); column++) {
    const texts = rows.map((row) => row.cells[column]?.textContent?.trim() ?? "");
    if (texts.length > 0 && texts.every((text) => NUMBER.test(text))) {
      table.rows[0]?.cells[column]?.classList.add("right");
      rows.forEach((row) => row.cells[column]?.classList.add("right"));
    }
  }
}
