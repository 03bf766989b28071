// () => everything the Tab key leads to, in the order of the page, by name. Remembers it for the questions of a test.
() => {
  const shown = (one) => one.getClientRects().length > 0 && one.checkVisibility({ visibilityProperty: true });
  window.__tabs = [...document.querySelectorAll("a[href],button,input,select,textarea,summary,[tabindex]")].filter(
    (one) => one.tabIndex >= 0 && !one.disabled && !one.closest("[inert]") && shown(one),
  );
  window.__tab = () => {
    const one = document.activeElement;
    return !one || one === document.body ? -1 : window.__tabs.indexOf(one);
  };
  // Whether the eye finds it: it has a ring, and something of it lies on top.
  window.__tabIsSeen = () => {
    const one = document.activeElement;
    const box = one.getBoundingClientRect();
    // Where a whole line can be pressed, the ring is around the line.
    const ring = [undefined, "::after"].some((part) => {
      const style = getComputedStyle(one, part);
      return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    });
    const inset = 2;
    const points = [0.5, 0, 1].flatMap((x) => [0.5, 0, 1].map((y) => [x, y]));
    return ring && points.some(([x, y]) => {
      const front = document.elementFromPoint(
        box.left + inset + (box.width - 2 * inset) * x,
        box.top + inset + (box.height - 2 * inset) * y,
      );
      return front !== null && (one.contains(front) || one.closest("label")?.contains(front));
    });
  };
  return window.__tabs.map((one) => `${one.localName} ${one.ariaLabel ?? one.textContent.trim().replace(/\s+/g, " ").slice(0, 60)} ${one.id}`.trim());
}
