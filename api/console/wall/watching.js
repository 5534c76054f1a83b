// Ask for the pictures of cameras while they are in sight, and show each as it arrives.
import { rooted, send } from "../shell/api.js";

const EVERY_MS = 5000;
const STALE_MS = 30000;

function put(tile, at, blob) {
  const [image, note] = [tile.querySelector("img"), tile.querySelector(".at")];
  const old = image.src;
  image.src = URL.createObjectURL(blob);
  image.dataset.at = at;
  if (old) URL.revokeObjectURL(old);
  image.hidden = false;
  tile.querySelector(".wait").hidden = true;
  note.textContent = `画面 ${new Date(at).toLocaleTimeString("zh-CN", { hour12: false, timeZone: "Asia/Shanghai" })}`;
  note.hidden = false;
}

async function show(id, tile) {
  const answer = await fetch(rooted(`/v1/camera-views/${id}`), { headers: { Accept: "image/jpeg" } });
  if (!answer.ok) return;
  const at = new Date(answer.headers.get("X-Captured-At")).toISOString();
  const image = tile.querySelector("img");
  image.classList.toggle("stale", Date.now() - new Date(at) > STALE_MS);
  if (image.dataset.at === at) return;
  put(tile, at, await answer.blob());
  for (const button of tile.querySelectorAll(".shoot")) button.disabled = false;
}

// Keep the present picture and return what was kept: `{ id, blob }`. The newest picture may be newer than the one in
// sight, so the one that was kept is shown; the button waits for the next, so that no picture is taken twice.
export async function shoot(button, body = {}) {
  const tile = button.closest(".tile");
  button.disabled = true;
  try {
    const kept = await send(`/v1/cameras/${tile.dataset.camera}/shots`, { body });
    const blob = await (await fetch(rooted(`/v1/evidence/${kept.id}/content`))).blob();
    put(tile, new Date(kept.captured_at).toISOString(), blob);
    return { id: kept.id, blob };
  } catch (problem) {
    button.disabled = false;
    throw problem;
  }
}

// Watch the cameras of these tiles (`data-camera`, `data-state`) for as long as the page is open and in sight.
export async function watch(elements, say) {
  const tiles = new Map([...elements].map((tile) => [tile.dataset.camera, tile]));
  const wanted = [...tiles].filter(([, tile]) => tile.dataset.state !== "never").map(([id]) => id);
  async function renew() {
    if (document.hidden || !wanted.length) return;
    try {
      const { camera_ids } = await send("/v1/camera-views", { body: { camera_ids: wanted } });
      await Promise.all(camera_ids.map((id) => show(id, tiles.get(id))));
    } catch (problem) {
      say(problem);
    }
  }
  document.addEventListener("visibilitychange", renew);
  for (;;) {
    await renew();
    await new Promise((later) => setTimeout(later, EVERY_MS));
  }
}
