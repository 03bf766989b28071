import * as smd from "streaming-markdown";
import { NxCode } from "./nx-code.ts";
import { bareLink, safeLink } from "./links.ts";
import { Shield, unshield } from "./shield.ts";
import { appendText, endOfRun, wholeAt } from "./text.ts";

/** Nobody nests deeper on purpose, and a browser lays out deeper trees slowly. */
const DEEPEST = 32;
/** The parser looks at all it keeps for each character. More than this is no markup. */
const MOST_PENDING = 4_096;
const SLICE = 1_024;
/** Blocks of one group, items of one list, rows of one table: a browser lays out again what is written into. */
const BLOCKS = 80;
const ROWS = 200;

/** Where an element is written into: text into its last run, blocks into its last group. */
interface Tip {
  kind: "run" | "group";
  element: HTMLElement;
  size: number;
}

/**
 * Writes Markdown into an element as it arrives: append only, nothing is parsed twice, and everything is made with
 * createElement. Only links of {@link safeLink} lead anywhere, and images are never loaded.
 *
 * However long the text is, to append costs the same: what grows is a small box, beside others that are finished. Long
 * texts are made of runs, many blocks of groups, and long lists and tables go on in a new one.
 */
export class MarkdownWriter {
  #parser = this.#newParser();
  readonly #shield = new Shield();
  readonly #stack: Node[];
  readonly #tips = new Map<Node, Tip>();
  /** The pieces of a link that goes on in another run. */
  readonly #begun = new Map<Node, HTMLAnchorElement[]>();
  #broken = false;

  constructor(private readonly root: HTMLElement) {
    this.#stack = [root];
  }

  write(text: string): void {
    this.#parse(this.#shield.write(text));
  }

  /** Call once, when nothing follows. */
  end(): void {
    this.#parse(this.#shield.end());
    if (!this.#broken) {
      const top = this.#top;
      smd.parser_end(this.#parser);
      // A link that was never closed keeps its address to itself.
      const rest = unshield(this.#parser.pending);
      if (rest.startsWith("](")) {
        appendText(this.#inline(top), rest.trimEnd());
      }
    }
    this.#closeAll();
    for (const { kind, element } of this.#tips.values()) {
      if (kind === "group" && element !== this.root) {
        finish(element);
      }
    }
  }

  /** Puts something where the next text goes. It has to be gone before the next write. Between blocks it is left out. */
  place(mark: Node): void {
    const top = this.#top;
    if (top instanceof NxCode || top instanceof HTMLTableElement) {
      return;
    }
    if (top !== this.root || !this.root.hasChildNodes()) {
      this.#inline(top).appendChild(mark);
    }
  }

  #newParser(): smd.Parser {
    return smd.parser({
      data: undefined,
      add_token: (_, token) => this.#open(token),
      end_token: () => this.#close(),
      add_text: (_, text) => this.#text(unshield(text)),
      set_attr: (_, attribute, value) => this.#attribute(attribute, unshield(value)),
    });
  }

  get #top(): Node {
    return this.#stack.at(-1)!;
  }

  #parse(text: string): void {
    for (let place = 0; place < text.length; ) {
      const end = wholeAt(text, place + SLICE);
      const slice = text.slice(place, end);
      place = end;
      if (this.#broken) {
        this.#plain(slice);
        continue;
      }
      try {
        smd.parser_write(this.#parser, slice);
      } catch {
        // The parser lost its way. What follows is shown as it comes, so that no word is missing.
        this.#broken = true;
        this.#closeAll();
      }
      if (this.#parser.pending.length > MOST_PENDING) {
        this.#startOver();
      }
    }
  }

  /** Takes what the parser waits with as text. */
  #startOver(): void {
    const { pending, token } = this.#parser;
    this.#closeAll();
    this.#parser = this.#newParser();
    // Of a bare address the text stands there already.
    if ((token as number) !== smd.RAW_URL) {
      this.#plain(unshield(pending));
    }
  }

  /** Writes text as it is. */
  #plain(text: string): void {
    const last = this.#tips.get(this.root);
    const before = (last?.element ?? this.root).lastElementChild;
    const holder = before?.classList.contains("raw") ? (before as HTMLElement) : add(this.#group(this.root), "p");
    holder.classList.add("raw");
    this.#append(holder, unshield(text));
  }

  #closeAll(): void {
    while (this.#stack.length > 1) {
      this.#close();
    }
  }

  #open(token: smd.Token): void {
    const parent = this.#top;
    if (this.#stack.length > DEEPEST) {
      this.#stack.push(parent);
      return;
    }
    this.#stack.push(this.#make(token, this.#placeFor(token, parent)));
  }

  /** The element that a new one goes into. */
  #placeFor(token: smd.Token, parent: Node): Node {
    switch (token) {
      case smd.BLOCKQUOTE:
      case smd.PARAGRAPH:
      case smd.RULE:
      case smd.HEADING_1:
      case smd.HEADING_2:
      case smd.HEADING_3:
      case smd.HEADING_4:
      case smd.HEADING_5:
      case smd.HEADING_6:
      case smd.LIST_UNORDERED:
      case smd.LIST_ORDERED:
      case smd.CODE_BLOCK:
      case smd.CODE_FENCE:
      case smd.TABLE:
        return this.#group(parent);
      case smd.LIST_ITEM:
        return this.#goOn(parent, parent.childNodes.length);
      case smd.TABLE_ROW:
        return this.#goOn(parent, parent.childNodes[1]?.childNodes.length ?? 0);
      case smd.TABLE_CELL:
        return parent;
      default:
        return this.#inline(parent);
    }
  }

  /** Where blocks inside of an element go. */
  #group(parent: Node): Node {
    if (!(parent instanceof HTMLElement) || !/^(NX-MARKDOWN|DIV|BLOCKQUOTE|LI)$/.test(parent.nodeName)) {
      return parent;
    }
    const tip = this.#tip(parent, "group");
    if (tip.size >= BLOCKS) {
      if (tip.element !== parent) {
        finish(tip.element);
      }
      tip.element = add(parent, "div");
      tip.element.className = "group";
      tip.size = 0;
    }
    tip.size++;
    return tip.element;
  }

  /** Where text inside of an element goes. */
  #inline(parent: Node): Node {
    const tip = this.#tips.get(parent);
    return tip?.kind === "run" ? tip.element : parent;
  }

  #tip(parent: HTMLElement, kind: Tip["kind"]): Tip {
    const known = this.#tips.get(parent);
    if (known?.kind === kind) {
      return known;
    }
    const tip: Tip = { kind, element: parent, size: 0 };
    this.#tips.set(parent, tip);
    return tip;
  }

  /** A list or a table, or the one that it goes on in. */
  #goOn(list: Node, size: number): Node {
    const container = this.#stack.at(-2);
    if (size < ROWS || !container || this.#stack.length > DEEPEST) {
      return list;
    }
    if (list instanceof HTMLTableElement) {
      alignNumbers(list);
      const next = tableIn(this.#group(container));
      next.append(list.tHead!.cloneNode(true), document.createElement("tbody"));
      return (this.#stack[this.#stack.length - 1] = next);
    }
    const next = (list as HTMLElement).cloneNode(false) as HTMLElement;
    if (list instanceof HTMLOListElement) {
      (next as HTMLOListElement).start = list.start + size;
    }
    next.classList.add("on");
    this.#group(container).appendChild(next);
    return (this.#stack[this.#stack.length - 1] = next);
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
        if (parent instanceof HTMLLIElement) {
          parent.classList.add("task");
        }
        const box = add(parent, "span");
        box.className = "box";
        box.setAttribute("role", "img");
        box.setAttribute("aria-label", "Open");
        return box;
      }
      case smd.CODE_BLOCK:
      case smd.CODE_FENCE:
        return parent.appendChild(new NxCode());
      case smd.TABLE:
        return tableIn(parent);
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
    const tip = this.#tips.get(node);
    if (tip?.kind === "group" && tip.element !== node) {
      finish(tip.element);
    }
    this.#tips.delete(node);
    if (node instanceof NxCode) {
      node.close();
    } else if (node instanceof HTMLAnchorElement) {
      endLink(node, this.#begun.get(node) ?? []);
      this.#begun.delete(node);
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
    const place = this.#stack.findLastIndex((node) => !isInline(node));
    this.#append(this.#stack[place] as HTMLElement, text, this.#stack.slice(place + 1));
  }

  /**
   * Appends text, in a new run when the one before is full.
   *
   * @param open the elements inside of the holder that the text is in; in a new run they are opened again
   */
  #append(holder: HTMLElement, text: string, open: Node[] = []): void {
    const tip = this.#tip(holder, "run");
    for (let rest = text; rest !== ""; ) {
      const end = endOfRun(rest, tip.size);
      appendText(open.at(-1) ?? tip.element, rest.slice(0, end));
      tip.size += end;
      rest = rest.slice(end);
      if (rest !== "") {
        if (tip.element !== holder) {
          finish(tip.element);
        }
        tip.element = add(holder, "span");
        tip.element.className = "run";
        tip.size = 0;
        open = this.#openAgain(tip.element, open);
      }
    }
  }

  #openAgain(run: HTMLElement, open: readonly Node[]): Node[] {
    let parent: Node = run;
    return open.map((node) => {
      const again = parent.appendChild(node.cloneNode(false));
      const place = this.#stack.indexOf(node);
      if (place >= 0) {
        this.#stack.fill(again, place, this.#stack.lastIndexOf(node) + 1);
      }
      if (node instanceof HTMLAnchorElement) {
        this.#begun.set(again, [...(this.#begun.get(node) ?? []), node]);
        this.#begun.delete(node);
      }
      parent = again;
      return again;
    });
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

/**
 * A link that leads nowhere becomes what was written. A path inside the workspace keeps only its words.
 *
 * @param begun pieces of the same link in the runs before
 */
function endLink(link: HTMLAnchorElement, begun: readonly HTMLAnchorElement[]): void {
  const { kind, to } = link.dataset;
  if (link.href) {
    if (!link.hasChildNodes()) {
      link.textContent = link.href;
    }
    begun.forEach((piece) => {
      piece.href = link.href;
      piece.rel = link.rel;
      piece.target = link.target;
    });
    return;
  }
  const words = document.createDocumentFragment();
  words.append(...link.childNodes);
  const opening = kind === "bare" ? "" : kind === "image" ? "![" : "[";
  if (begun.length === 0 && to !== undefined && opening !== "" && /^[\w./#@~-]+$/.test(to)) {
    const span = document.createElement("span");
    span.title = to;
    span.append(words.textContent ? words : to);
    link.replaceWith(span);
    return;
  }
  begun.forEach((piece, place) => piece.replaceWith(place === 0 ? opening : "", ...piece.childNodes));
  const closing = kind === "bare" || to === undefined ? "" : `](${to})`;
  link.replaceWith(begun.length === 0 ? opening : "", words, closing);
}

function tableIn(parent: Node): HTMLTableElement {
  const region = add(parent, "div");
  region.className = "scroll";
  region.tabIndex = 0;
  region.setAttribute("role", "group");
  region.setAttribute("aria-label", "Table");
  return add(region, "table");
}

const INLINE = new Set(["EM", "STRONG", "S", "CODE", "A", "SPAN"]);

function isInline(node: Node): boolean {
  return INLINE.has(node.nodeName);
}

/** Out of sight it is not drawn; until it was seen, its height is guessed by its length. */
function finish(element: HTMLElement): void {
  const height = (element.textContent?.length ?? 0) * 0.33;
  element.style.setProperty("contain-intrinsic-block-size", `auto ${Math.round(height)}px`);
  element.classList.add("done");
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
