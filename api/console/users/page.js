// Make, change and end users and keys. What is shown once stays until its reader closes it.
import { load, newKey, send } from "../shell/api.js";

const said = document.getElementById("said");
const once = document.getElementById("once");

function valueOf(field) {
  if (field.type === "checkbox") return "value" in field.dataset ? (field.checked ? field.dataset.value : undefined) : field.checked;
  const text = field.value.trim();
  if (text === "" || field.disabled) return undefined;
  if ("list" in field.dataset) return text.split(/[\s,，]+/).filter(Boolean);
  return "number" in field.dataset ? Number(text) : text;
}

for (const form of document.querySelectorAll("form.do")) {
  const key = newKey();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    const body = Object.fromEntries([...form.elements].filter((one) => one.name).map((one) => [one.name, valueOf(one)]));
    try {
      const made = await send(form.dataset.path, { body: { ...body, ...form.more?.() }, version: form.dataset.version, key });
      const shown = made?.link ?? made?.secret;
      if (!shown) return location.reload();
      document.getElementById("once-what").textContent = made.link ? `${made.user.name} 的链接（72 小时内有效）` : `密钥“${made.key.name}”`;
      document.getElementById("once-text").textContent = shown;
      said.hidden = true;
      once.hidden = false;
      once.focus();
    } catch (problem) {
      button.disabled = false;
      said.textContent = problem.message;
      said.hidden = false;
      said.focus();
    }
  });
}

document.getElementById("once-done").addEventListener("click", () => location.reload());

// An enterprise is chosen by its name: what is typed is looked for, and the one that is named is taken.
const list = document.getElementById("entities");
const known = new Map();

async function look(text) {
  const found = await load(`/v1/entities?${new URLSearchParams({ text, limit: "20" })}`);
  for (const one of found.data) known.set(one.name, one.id);
  list.replaceChildren(...found.data.map((one) => new Option(one.credit_code, one.name)));
}

async function people(form, entity) {
  const label = form.querySelector(".of-person");
  if (!label) return;
  const found = entity ? await load(`/v1/people?${new URLSearchParams({ entity_id: entity })}`) : [];
  const options = found.filter((one) => !one.valid_to).map((one) => new Option(`${one.name}（${one.post_label}）`, one.id));
  label.querySelector("select").replaceChildren(new Option("整个企业的账号", ""), ...options);
  label.hidden = options.length === 0;
}

for (const name of document.querySelectorAll(".entity-name")) {
  const form = name.closest("form");
  let asked = 0;
  name.addEventListener("input", async () => {
    const text = name.value.trim();
    const mine = ++asked;
    form.elements.entity_id.value = "";
    try {
      if (text && !known.has(text)) await look(text);
      if (mine !== asked) return;
      form.elements.entity_id.value = known.get(text) ?? "";
      await people(form, form.elements.entity_id.value);
      name.setCustomValidity(text && !form.elements.entity_id.value ? "请从列表中选择企业" : "");
    } catch (problem) {
      said.textContent = problem.message;
      said.hidden = false;
    }
  });
}
