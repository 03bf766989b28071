// ({ texts, how }) => writes texts with the page's own renderer, under the page's own policy, each into an element of its
// own. how: "whole", "signs" (one sign a frame), "halves" (cut in two at every place). Gives for each text what came out, and
// how long the slowest write took.
async ({ texts, how }) => {
  const main = document.querySelector("main");
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const idle = () => new Promise((resolve) => requestIdleCallback(resolve, { timeout: 1000 }));
  const results = texts.map(() => new Set());
  let slowest = { ms: 0, text: "" };
  const runs =
    how === "halves"
      ? texts.flatMap((text, index) => Array.from({ length: text.length - 1 }, (_, at) => ({ text, index, ends: [at + 1, text.length] })))
      : texts.map((text, index) => ({ text, index, ends: how === "whole" ? [text.length] : signs(text) }));

  for (let start = 0; start < runs.length; start += 250) {
    const stage = main.appendChild(document.createElement("section"));
    const here = runs.slice(start, start + 250).map((run) => ({ ...run, ...begin(stage) }));
    for (let step = 0; here.some(({ ends }) => step < ends.length); step++) {
      for (const { text, ends, grow } of here) {
        if (step < ends.length) {
          const began = performance.now();
          grow(text.slice(0, ends[step]), step < ends.length - 1);
          measure(performance.now() - began, text);
        }
      }
      const began = performance.now();
      await frame();
      await frame();
      if (how === "whole") {
        measure((performance.now() - began) / here.length, "a frame of many");
      }
    }
    // Code is coloured when there is nothing else to do.
    await idle();
    await idle();
    window.__judgeAll();
    here.forEach(({ index, element }) => results[index].add(shape(element)));
    stage.remove();
  }
  return { results: results.map((set) => [...set]), slowest };

  function begin(stage) {
    const element = document.createElement("nx-markdown");
    element.className = "md";
    let listener = () => {};
    const live = {
      id: "prt_x",
      text: "",
      growing: true,
      version: 0,
      changed: { listen: (wanted) => ((listener = wanted), () => (listener = () => {})) },
    };
    stage.append(element);
    element.live = live;
    return {
      element,
      grow(text, growing) {
        live.text = text;
        live.growing = growing;
        listener();
      },
    };
  }

  function signs(text) {
    return Array.from({ length: text.length }, (_, at) => at + 1);
  }

  function measure(ms, text) {
    if (ms > slowest.ms) {
      slowest = { ms, text: text.slice(0, 60) };
    }
  }

  /** Elements, addresses and texts, without what the page only uses itself. */
  function shape(node) {
    if (node instanceof Text) {
      return node.data;
    }
    if (!(node instanceof Element) || node.closest("svg")) {
      return "";
    }
    const inside = [...node.childNodes].map(shape).join("");
    return node.tagName === "SPAN" ? inside : `<${node.tagName.toLowerCase()}${node.href ? ` ${node.href}` : ""}>${inside}</>`;
  }
}
