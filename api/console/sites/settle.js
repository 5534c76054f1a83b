// Approve or reject a large mask or a moved camera. The list reloads itself, so the listener is on the document.
import { send } from "../shell/api.js";
import { toast } from "../shell/toast.js";

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-settle]");
  if (!button) return;
  const approve = button.dataset.settle === "approve";
  const reason = prompt(approve ? "批准理由" : "驳回理由")?.trim();
  if (!reason) return;
  const camera = button.closest("[data-camera]").dataset.camera;
  try {
    await send(`/v1/cameras/${camera}/settle`, { body: { approve, reason } });
    location.reload();
  } catch (problem) {
    toast(problem.message, true);
  }
});
