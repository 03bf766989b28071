// Runs before the page and notes what is felt there: how long interactions take until they are seen, long tasks, frames.
(() => {
  const measured = { interactions: new Map(), longTasks: [], frames: 0, slowFrames: [] };
  window.__measured = measured;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (entry.interactionId) {
        const before = measured.interactions.get(entry.interactionId)?.duration ?? 0;
        if (entry.duration > before) {
          measured.interactions.set(entry.interactionId, { duration: entry.duration, type: entry.name, wait: entry.processingStart - entry.startTime, work: entry.processingEnd - entry.processingStart });
        }
      }
    }
  }).observe({ type: "event", durationThreshold: 16, buffered: true });
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => measured.longTasks.push(entry.duration))).observe({
    type: "longtask",
    buffered: true,
  });
  const frame = () => {
    measured.frames++;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  window.__begin = () => {
    measured.interactions.clear();
    measured.longTasks.length = 0;
    measured.frames = 0;
    measured.since = performance.now();
  };
  window.__figures = () => ({
    seconds: (performance.now() - measured.since) / 1000,
    frames: measured.frames,
    longTasks: [...measured.longTasks],
    interactions: [...measured.interactions.values()],
  });
})();
