import "./nx-code.css";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { NxElement } from "../shared/element.ts";
import { iconCheck, iconCopy, iconWrap } from "../shared/icon.ts";
import { say } from "../shared/say.ts";
import { copy } from "./clipboard.ts";
import { appendText } from "./text.ts";

/** Longer blocks stay plain: colouring them would hold up the page. */
const LONGEST_COLOURED = 50_000;

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

  readonly #code = document.createElement("code");

  write(text: string): void {
    appendText(this.#code, text);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void colours();
  }

  close(): void {
    this.closed = true;
    if (this.#id !== "" && (this.#code.textContent?.length ?? 0) <= LONGEST_COLOURED) {
      void this.#colour();
    }
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
    if (await copy(this.#code.textContent ?? "")) {
      say("Copied");
      this.copied = true;
      setTimeout(() => (this.copied = false), 2_000);
    }
  }

  async #colour(): Promise<void> {
    const loaded = await colours();
    await idle();
    // A selection would be lost with the nodes it is in.
    for (let tries = 0; this.#selected && tries < 30; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
    if (!loaded || this.#selected) {
      return;
    }
    const coloured = loaded.colour(this.#code.textContent ?? "", this.#id);
    if (coloured) {
      this.#code.replaceChildren(coloured);
    }
  }

  get #selected(): boolean {
    const selection = getSelection();
    return selection !== null && !selection.isCollapsed && selection.containsNode(this.#code, true);
  }
}

/** Comes when the first block begins. Without it code stays plain. */
function colours(): Promise<typeof import("./highlight.ts") | undefined> {
  return import("./highlight.ts").catch(() => undefined);
}

function idle(): Promise<unknown> {
  return new Promise((resolve) =>
    "requestIdleCallback" in globalThis ? requestIdleCallback(resolve, { timeout: 500 }) : setTimeout(resolve, 1),
  );
}
