/* Runs before the first paint, from a script of its own: the page's policy allows none inside the HTML. */
try {
  const theme = localStorage.getItem("nexus.theme");
  if (theme === "light" || theme === "dark") {
    document.documentElement.dataset.theme = theme;
  }
} catch {
  // Without storage the theme follows the system.
}

export {};
