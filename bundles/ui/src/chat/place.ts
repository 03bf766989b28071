/**
 * Puts children into an order. Those that are in their place stay untouched, and what has the focus or was scrolled
 * keeps that.
 */
export function place(parent: Element, children: readonly Element[]): void {
  let next: Element | null = null;
  for (const child of children.toReversed()) {
    if (child.parentElement !== parent || child.nextElementSibling !== next) {
      move(parent, child, next);
    }
    next = child;
  }
}

function move(parent: Element, child: Element, before: Element | null): void {
  if (child.parentElement !== parent) {
    parent.insertBefore(child, before);
    return;
  }
  // Moves without being taken out: focus, scroll place and animations stay. Not in every browser yet.
  if (typeof parent.moveBefore === "function") {
    parent.moveBefore(child, before);
    return;
  }
  const focused = child.contains(document.activeElement) ? (document.activeElement as HTMLElement) : undefined;
  const scrolled = [...child.querySelectorAll("*")]
    .filter((element) => element.scrollTop > 0)
    .map((element) => ({ element, top: element.scrollTop }));
  parent.insertBefore(child, before);
  scrolled.forEach(({ element, top }) => (element.scrollTop = top));
  focused?.focus({ preventScroll: true });
}
