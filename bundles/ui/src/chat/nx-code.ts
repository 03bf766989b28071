import "./nx-code.css";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { NxElement } from "../shared/element.ts";
import { iconCheck, iconCopy, iconWrap } from "../shared/icon.ts";
import { say } from "../shared/say.ts";
import { copy } from "./clipboard.ts";
import { CodeWriter } from "./code-writer.ts";
import { type Colours, KINDS } from "./kinds.ts";
import { GrowingText } from "./growing-text.ts";
import { coloursOf, prepare } from "./highlighter.ts";
import { harmless } from "./words.ts";

/** Milliseconds of colouring after which the page gets a breath. */
const SLICE = 6;

const NAMES: Record<string, string> = {
  bash: "Bash",
  c: "C",
  cpp: "C++",
  "c++": "C++",
  cs: "C#",
  csharp: "C#",
  css: "CSS",
  diff: "Diff",
  dockerfile: "Dockerfile",
  go: "Go",
  html: "HTML",
  ini: "INI",
  java: "Java",
  javascript: "JavaScript",
  js: "JavaScript",
  json: "JSON",
  jsonc: "JSON",
  jsx: "JSX",
  kotlin: "Kotlin",
  kt: "Kotlin",
  markdown: "Markdown",
  md: "Markdown",
  php: "PHP",
  powershell: "PowerShell",
  ps1: "PowerShell",
  properties: "Properties",
  py: "Python",
  python: "Python",
  rb: "Ruby",
  rs: "Rust",
  ruby: "Ruby",
  rust: "Rust",
  scss: "SCSS",
  sh: "Shell",
  shell: "Shell",
  sql: "SQL",
  swift: "Swift",
  toml: "TOML",
  ts: "TypeScript",
  text: "Text",
  tsx: "TSX",
  txt: "Text",
  typescript: "TypeScript",
  xml: "XML",
  yaml: "YAML",
  yml: "YAML",
  zsh: "Shell",
};

/** `<nx-code>`: a block of code. Grows as plain text and is coloured once, when it closes. */
@customElement("nx-code")
export class NxCode extends NxElement {
  /** As written after the fence: `ts`, `bash title="x"`. */
  @property() language = "";
  @state() private closed = false;
  @state() private wrap = false;
  @state() private copied = false;

  readonly #source = new GrowingText();
  readonly #code = document.createElement("code");
  readonly #writer = new CodeWriter(this.#code);

  write(text: string): void {
    this.#source.append(text);
    this.#writer.write(harmless(text));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    prepare();
  }

  close(): void {
    this.closed = true;
    this.#writer.end();
    void this.#colour();
  }

  /** Nothing but the language of whatever stands after the fence. */
  get #id(): string {
    return /^[\w+#.-]*/.exec(this.language.trim().toLowerCase())?.[0] ?? "";
  }

  protected override render(): TemplateResult {
    const name = NAMES[this.#id] ?? this.#id;
    return html`<figure class="nx-code ${this.wrap ? "wrap" : ""}" aria-busy=${this.closed ? nothing : "true"}>
      <figcaption class="cap">
        <span class="cut">${name || "Text"}</span>
        <button type="button" class="btn quiet small" aria-pressed=${this.wrap ? "true" : "false"} @click=${this.#wrap}>
          ${iconWrap()}Wrap<span class="sr"> code</span>
        </button>
        <button type="button" class="btn quiet small copy" @click=${this.#copy}>
          ${this.copied ? iconCheck() : iconCopy()}${this.copied ? "Copied" : "Copy"}<span class="sr"> code</span>
        </button>
      </figcaption>
      <pre tabindex="0" role="group" aria-label=${name ? `Code, ${name}` : "Code"}>${this.#code}</pre>
    </figure>`;
  }

  #wrap(): void {
    this.wrap = !this.wrap;
  }

  async #copy(): Promise<void> {
    if (await copy(this.#source.toString())) {
      say("Copied");
      this.copied = true;
      setTimeout(() => (this.copied = false), 2_000);
    }
  }

  async #colour(): Promise<void> {
    const code = harmless(this.#source.toString());
    const colours = await coloursOf(code, this.#id);
    // A selection would be lost with the nodes it is in.
    for (let tries = 0; colours && selected(this.#code) && tries < 30; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
    if (colours) {
      await this.#paint(code, colours);
    }
  }

  /** Puts coloured runs in the place of plain ones, one after the other. Nothing changes its size. */
  async #paint(code: string, { lengths, kinds }: Colours): Promise<void> {
    const plain = [...this.#code.querySelectorAll(".run")];
    const writer = new CodeWriter(document.createElement("code"), (run) => {
      const before = plain.shift();
      if (before && !selected(before)) {
        before.replaceWith(run);
      }
    });
    let place = 0;
    let until = 0;
    for (const [index, length] of lengths.entries()) {
      if (performance.now() > until) {
        await idle();
        until = performance.now() + SLICE;
      }
      writer.write(code.slice(place, place + length), KINDS[kinds[index]!] ?? "");
      place += length;
    }
    writer.end();
  }
}

function selected(node: Node): boolean {
  const selection = getSelection();
  return selection !== null && !selection.isCollapsed && selection.containsNode(node, true);
}

function idle(): Promise<unknown> {
  return new Promise((resolve) =>
    "requestIdleCallback" in globalThis ? requestIdleCallback(resolve, { timeout: 500 }) : setTimeout(resolve, 1),
  );
}
