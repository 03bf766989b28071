// () => main controls that are too small to be hit with a finger, below 44 px. That nothing is below 24 px, axe checks.
() => {
  const LEAST = 44;
  const small = [];
  const shown = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true });
  for (const element of document.querySelectorAll(".btn,summary,select,textarea,input,[role=menuitem],[role=option]")) {
    const label = element.matches("[type=checkbox],[type=radio],[type=file]") ? element.closest("label") : null;
    const target = label ?? element;
    const box = target.getBoundingClientRect();
    const inView = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    if (target.closest(".sr,.skip,[aria-hidden=true],[inert]") || box.width === 0 || !inView || !shown(target)) {
      continue;
    }
    // What something else covers is not there to be hit.
    const front = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
    if (!front || !target.contains(front)) {
      continue;
    }
    if ((box.width < LEAST - 0.5 || box.height < LEAST - 0.5) && !reaches(target, box)) {
      const what = target.outerHTML.replace(/<!--.*?-->|\s+/g, " ").slice(0, 160);
      small.push(`${Math.round(box.width)} × ${Math.round(box.height)}: ${what}`);
    }
  }
  return small;

  /** Whether it takes the finger beyond what is drawn of it. */
  function reaches(target, box) {
    const x = (box.left + box.right) / 2;
    const y = (box.top + box.bottom) / 2;
    const far = LEAST / 2 - 1;
    const points = [[x - far, y], [x + far, y], [x, y - far], [x, y + far]];
    const inside = ([px, py]) => px >= 0 && py >= 0 && px < innerWidth && py < innerHeight;
    return points.filter(inside).every(([px, py]) => target.contains(document.elementFromPoint(px, py)));
  }
}
