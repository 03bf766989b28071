// Answers of the make-believe API that are longer than a few words.

const PARAGRAPH =
  "The retry helper keeps `attempt` outside the closure, so the **second** caller starts where the first one stopped. " +
  "On a quiet machine nobody notices; on the build machine two workers share the module, see src/auth/retry_helper.ts.";

const SECTION = `## What goes wrong

${PARAGRAPH}

- One worker uses two of its three tries.
- The second begins at the third and is *sent back* to the [login page](https://example.com/login).

${PARAGRAPH}

\`\`\`ts
export async function withRetry<T>(run: () => Promise<T>, limit = 3): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try { return await run(); } catch (e) { if (attempt === limit) throw e; }
  }
}
\`\`\`

| Machine | Workers | Failed |
| --- | --- | --- |
| Laptop | 1 | 0 |
| Build machine | 4 | 41 |

`;

const CODE_LINE = "  const session = await openSession({ user: id, tries: 3 }); // a line of ordinary length\n";

/** About a megabyte of text: Markdown, one line, or one block of code. */
export function huge(kind, length = 1_000_000) {
  const repeat = (text) => text.repeat(Math.ceil(length / text.length)).slice(0, length);
  switch (kind) {
    case "line":
      return repeat(`${PARAGRAPH} `);
    case "word":
      return repeat("abcdefghijklmnopqrstuvwxyz0123456789");
    case "code":
      return `\`\`\`ts\n${repeat(CODE_LINE)}\n\`\`\`\n`;
    case "minified":
      return `\`\`\`js\n${repeat("function a(b){return b?c(b):d(0)};")}\n\`\`\`\n`;
    case "list":
      return repeat("- One worker uses two of its three tries, the second **begins** at the third.\n");
    case "table":
      return `| Machine | Workers | Failed |\n| --- | --- | --- |\n${repeat("| Build machine | 4 | 41 of 200 |\n")}`;
    default:
      return repeat(SECTION);
  }
}
