// Replace content without losing the keyboard focus: it moves to the same element in the new content, else to the heading.
export function keepFocus(place, put, marks = ["href", "data-alert", "id"]) {
  const had = place.contains(document.activeElement) ? document.activeElement : null;
  const mark = marks.find((name) => had?.hasAttribute(name));
  const same = mark && `[${mark}="${CSS.escape(had.getAttribute(mark))}"]`;
  put();
  if (!had || place.contains(document.activeElement)) return;
  const next = (same && place.querySelector(same)) || heading(place);
  next?.focus({ preventScroll: true });
}

function heading(place) {
  const found = place.querySelector("h1, h2") ?? document.querySelector("main h1, main h2");
  if (found) found.tabIndex = -1;
  return found;
}
