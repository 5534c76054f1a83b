// The home of people of an enterprise: one tap opens the record that is due.
import { newKey, rooted, send } from "../shell/api.js";

const said = document.getElementById("said");

async function during(button, work) {
  button.disabled = true;
  said.hidden = true;
  try {
    await work();
  } catch (problem) {
    said.textContent = problem.message;
    said.hidden = false;
    said.focus();
  } finally {
    button.disabled = false;
  }
}

for (const button of document.querySelectorAll("button.go")) {
  const { period, site, begin } = button.dataset;
  button.addEventListener("click", () =>
    during(button, async () => {
      if (period === "day") {
        const record = await send("/v1/records", { body: { site_id: site, day: begin } });
        location.href = rooted(`/console/records?record=${record.id}`);
        return;
      }
      const report = await send("/v1/reports", { body: { kind: period, begin, ...(site ? { site_id: site } : {}) } });
      location.href = rooted(`/console/reports?report=${report.id}`);
    }),
  );
}

for (const form of document.querySelectorAll("form.done")) {
  const key = newKey();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    during(form.querySelector("button"), async () => {
      await send(`/v1/work-items/${form.dataset.id}/done`, { body: { note: form.elements.note.value.trim() }, key });
      location.reload();
    });
  });
}
