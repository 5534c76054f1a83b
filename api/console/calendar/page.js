// Reading and importing the yearly notice.
import { newKey, rooted, send } from "../shell/api.js";

const form = document.getElementById("notice");
const said = document.getElementById("said");
const read = document.getElementById("read");

const fields = () => ({
  text: form.elements.text.value,
  jurisdiction: form.elements.jurisdiction.value.trim(),
  source: form.elements.source.value.trim(),
});

function show(problem) {
  said.textContent = problem.message;
  said.hidden = false;
  said.focus();
}

async function during(work) {
  const buttons = [...form.querySelectorAll("button")];
  for (const button of buttons) button.disabled = true;
  said.hidden = true;
  read.hidden = true;
  try {
    await work();
  } catch (problem) {
    show(problem);
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

document.getElementById("look").addEventListener("click", () => {
  if (!form.reportValidity()) return;
  during(async () => {
    const year = await send("/v1/calendars/preview", { body: fields() });
    const worked = year.make_up_days.length ? `；调休上班 ${year.make_up_days.join("、")}` : "";
    read.textContent = `${year.year} 年：放假 ${year.days_off.length} 天（${year.days_off.join("、")}）${worked}`;
    read.hidden = false;
  });
});

let key = newKey();
form.addEventListener("submit", (event) => {
  event.preventDefault();
  during(async () => {
    const year = await send("/v1/calendars", { body: fields(), key });
    key = newKey();
    location.href = rooted(`/console/calendar?year=${year.year}`);
  });
});
