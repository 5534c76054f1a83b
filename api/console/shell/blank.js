// A required text of nothing but spaces is refused on the spot, as an empty one is.
document.addEventListener(
  "submit",
  (event) => {
    const field = [...event.target.elements].find((one) => one.required && one.willValidate && !one.value.trim());
    if (!field) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    field.setCustomValidity("请填写，不能只有空格");
    field.reportValidity();
    field.addEventListener("input", () => field.setCustomValidity(""), { once: true });
  },
  true,
);
