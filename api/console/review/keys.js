// Bind each key to one action; ignore keys while the user types or holds a modifier.
export function keys(map) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
    if (event.target.closest?.("input, textarea, select, dialog[open]")) return;
    if (event.key === " " && event.target.closest?.("button, a, summary")) return; // space presses the focused element
    const deed = map[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!deed) return;
    event.preventDefault();
    deed();
  });
}
