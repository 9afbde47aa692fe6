// The chosen theme is set before the first paint; without a choice the system's holds. A classic script: modules come late.
(() => {
  const kept = () => {
    try {
      return localStorage.getItem("pincel-theme");
    } catch {
      return null; // storage may be forbidden
    }
  };
  const theme = kept();
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
})();
