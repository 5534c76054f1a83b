// Ask before what can't be undone: the form or plain button says in data-confirm what will happen.
// Forms are asked at their submission, when the browser has found no field wrong, and before any other listener.
function ask(event) {
  const asked = event.target.closest?.("[data-confirm]");
  const of = event.type === "submit" ? "FORM" : "BUTTON";
  if (asked?.tagName !== of || confirm(asked.dataset.confirm)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

document.addEventListener("submit", ask, true);
document.addEventListener("click", ask, true);
