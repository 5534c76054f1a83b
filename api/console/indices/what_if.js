// Try other weights: send them, and show what would change.
import { send } from "../shell/api.js";

const cell = (row, text, tag = "td") => {
  const made = document.createElement(tag);
  made.textContent = text;
  row.append(made);
};

function table(heads, rows) {
  const made = document.createElement("table");
  const head = made.createTHead().insertRow();
  for (const text of heads) cell(head, text, "th");
  const body = made.createTBody();
  for (const texts of rows) {
    const row = body.insertRow();
    for (const text of texts) cell(row, text);
  }
  return made;
}

const change = (before, after) => (before === after ? `${after ?? "—"}` : `${before ?? "—"} → ${after ?? "—"}`);

for (const form of document.querySelectorAll("form.what-if")) {
  const fields = [...form.querySelectorAll("input[type=number]")];
  const wanted = fields.reduce((sum, one) => sum + one.valueAsNumber, 0);
  const shown = form.parentElement.querySelector(".tried");
  const count = () => {
    const sum = fields.reduce((all, one) => all + (one.valueAsNumber || 0), 0);
    form.querySelector(".sum").textContent = sum === wanted ? `${sum}` : `${sum}，应为 ${wanted}`;
    form.querySelector("button").disabled = sum !== wanted;
  };
  form.addEventListener("input", count);
  count();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const weights = Object.fromEntries(fields.map((one) => [one.name, one.valueAsNumber]));
    const body = { kind: form.dataset.kind, month: form.dataset.month, weights };
    try {
      const found = await send("/v1/indices/what-if", { body });
      const said = document.createElement("p");
      said.textContent = `比较 ${found.compared} 个，名次变化 ${found.moved} 个。`;
      const bands = table(["等级", "现在", "试算"], found.bands.map((one) => [one.label, one.before, one.after]));
      const rows = found.rows.map((one) => [
        change(one.place, one.new_place),
        one.name,
        change(one.score, one.new_score),
        one.new_band_label,
      ]);
      shown.replaceChildren(said, bands, table(["名次", "名称", "指数", "等级"], rows));
    } catch (problem) {
      shown.textContent = problem.message;
    }
    shown.focus();
  });
}
