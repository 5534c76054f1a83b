// Copy the text of the element that a button's data-copy selects.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const source = document.querySelector(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = "已复制";
    } catch {
      getSelection().selectAllChildren(source);
      button.textContent = "已选中，请按 Ctrl+C";
    }
    setTimeout(() => (button.textContent = "复制"), 2500);
  });
}
