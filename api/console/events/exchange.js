// Compare a file with the registry, show the report, and apply the file as reported.
import { newKey, send } from "../shell/api.js";

const said = document.getElementById("said");
const check = document.getElementById("check");
const report = document.getElementById("report");
const apply = document.getElementById("apply");
const LABELS = { new: "新增", changed: "变更", same: "一致", unknown: "无法对应", invalid: "有误" };
let digest;
let key;

function say(problem) {
  said.textContent = problem.message;
  said.hidden = false;
  said.focus();
}

const element = (tag, text, name = "") => Object.assign(document.createElement(tag), { textContent: text, className: name });

function lines({ changes, faults }) {
  const cell = element("td", "");
  for (const { heading, was, now } of changes) cell.append(element("div", `${heading}：${was || "（空）"} → ${now}`));
  for (const { heading, found, expected } of faults) {
    cell.append(element("div", `${heading || "多余内容"}：${found || "（空）"}，应为 ${expected}`, "fault"));
  }
  return cell;
}

function show(found) {
  const sums = Object.entries(LABELS).map(([name, label]) => `${label} ${found.counts[name]}`);
  report.querySelector(".sums").textContent = sums.join(" · ") + (found.more ? "（只列出前 500 行）" : "");
  const absent = report.querySelector(".absent");
  absent.hidden = !found.absent;
  absent.textContent = `已登记而文件中没有：${found.absent} 个（${found.absent_keys.join("、")}${found.absent > found.absent_keys.length ? "…" : ""}），保留不动`;
  report.querySelector("tbody").replaceChildren(
    ...found.findings.map((one) => {
      const row = element("tr", "");
      row.append(element("td", one.line, "num"), element("td", one.result_label), element("td", one.key), lines(one));
      return row;
    }),
  );
  apply.hidden = found.counts.new + found.counts.changed === 0;
  report.hidden = false;
  report.focus();
}

const formOf = () => {
  const form = new FormData();
  form.append("file", check.elements.file.files[0]);
  return form;
};

async function run(button, act) {
  button.disabled = true;
  said.hidden = true;
  try {
    await act();
  } catch (problem) {
    say(problem);
  }
  button.disabled = false;
}

check.addEventListener("submit", (event) => {
  event.preventDefault();
  run(check.querySelector("button"), async () => {
    report.hidden = true;
    const found = await send(`/v1/exchange/${check.elements.data_set.value}/check`, { form: formOf() });
    digest = found.digest;
    key = newKey();
    show(found);
  });
});

// Another file or another set has another report.
check.addEventListener("change", () => {
  report.hidden = true;
});

apply.addEventListener("submit", (event) => {
  event.preventDefault();
  run(apply.querySelector("button"), async () => {
    const form = formOf();
    form.append("digest", digest);
    form.append("reason", apply.elements.reason.value.trim());
    await send(`/v1/exchange/${check.elements.data_set.value}/apply`, { form, key });
    location.reload();
  });
});
