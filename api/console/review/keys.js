// One key, one deed; never while somebody writes or holds a modifier.
export function keys(map) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
    if (event.target.closest?.("input, textarea, select, dialog[open]")) return;
    if (event.key === " " && event.target.closest?.("button, a, summary")) return; // it presses what has the focus
    const deed = map[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!deed) return;
    event.preventDefault();
    deed();
  });
}
