// Before anything is drawn, so that a dark page does not flash. A file of its own because the page's policy forbids inline scripts.
try {
  const chosen = localStorage.getItem('clusteriq-theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
} catch {
  // No storage: the system's theme it is.
}
