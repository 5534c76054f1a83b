// Choose the members of an access group: a sector, or enterprises, kitchens or cameras by the name of their enterprise.
import { load } from "../shell/api.js";

const said = document.getElementById("said");
const form = document.getElementById("new-group");
const [entity, members] = [form.querySelector(".group-entity"), form.querySelector(".group-members")];
const own = form.querySelector(".group-own");
const list = document.getElementById("entities");
const known = new Map();

function guarded(act) {
  return async (...args) => {
    try {
      await act(...args);
    } catch (problem) {
      said.textContent = problem.message;
      said.hidden = false;
    }
  };
}

function show() {
  const kind = form.elements.kind.value;
  const part = kind === "kitchens" || kind === "cameras";
  form.querySelector(".of-sector").hidden = kind !== "sector";
  form.elements.sector.disabled = kind !== "sector";
  for (const label of form.querySelectorAll(".of-chosen")) label.hidden = kind === "sector";
  form.querySelector(".of-part").hidden = !part;
  own.disabled = !part;
  members.replaceChildren();
  entity.value = "";
}

async function everything(path, params) {
  const found = await load(`${path}?${new URLSearchParams({ ...params, limit: "200" })}`);
  return found.data;
}

// What an enterprise has of the wanted kind; chosen enterprises are gathered one by one.
async function offer(id, name) {
  const kind = form.elements.kind.value;
  own.dataset.value = id;
  if (kind === "enterprises") {
    if (![...members.options].some((one) => one.value === id)) members.append(new Option(name, id, true, true));
    entity.value = "";
    return;
  }
  const sites = await everything("/v1/sites", { entity_id: id });
  if (kind === "kitchens") return members.replaceChildren(...sites.map((one) => new Option(one.name, one.id, true, true)));
  const hung = await Promise.all(sites.map((one) => everything("/v1/devices", { site: one.id })));
  const cameras = hung.flat().filter((one) => one.kind === "camera");
  members.replaceChildren(...cameras.map((one) => new Option(`${one.name || one.zone_label || one.zone}（${one.id}）`, one.id, true, true)));
}

let asked = 0;
entity.addEventListener("input", guarded(async () => {
  const text = entity.value.trim();
  const mine = ++asked;
  if (text && !known.has(text)) {
    const found = await load(`/v1/entities?${new URLSearchParams({ text, limit: "20" })}`);
    for (const one of found.data) known.set(one.name, one.id);
    list.replaceChildren(...found.data.map((one) => new Option(one.credit_code, one.name)));
  }
  if (mine === asked && known.has(text)) await offer(known.get(text), text);
}));
form.elements.kind.addEventListener("change", show);
form.more = () => (form.elements.kind.value === "sector" ? {} : { members: [...members.selectedOptions].map((one) => one.value) });
show();

for (const more of document.querySelectorAll("details.members")) {
  more.addEventListener("toggle", guarded(async () => {
    if (!more.open) return;
    const found = await load(`/v1/groups/${more.dataset.group}/members?limit=50`);
    const lines = found.data.map((one) => Object.assign(document.createElement("li"), { textContent: `${one.name}（${one.id}）` }));
    if (found.has_more) lines.push(Object.assign(document.createElement("li"), { textContent: "…其余见接口" }));
    more.querySelector(".of-group").replaceChildren(...lines);
  }));
}
