// Show a short message in the corner of the page.
export function toast(text, bad = false) {
  const said = document.createElement("div");
  said.className = bad ? "toast bad" : "toast";
  said.textContent = text;
  document.getElementById("toasts").append(said);
  setTimeout(() => said.remove(), bad ? 6000 : 2600);
}
