// Reload a part of the page when the feed has new events ([data-follow]) or at intervals ([data-refresh]).
import { fragment } from "./api.js";
import { keepFocus } from "./focus.js";
import { news } from "./news.js";

const root = document.querySelector("[data-swap]");
let running = false;

async function swap() {
  if (running || document.hidden) return;
  running = true;
  try {
    const fresh = new DOMParser().parseFromString(await fragment(location.href), "text/html");
    const from = fresh.querySelector(root.dataset.swap);
    const place = document.querySelector(root.dataset.swap);
    if (from) keepFocus(place, () => place.replaceChildren(...from.childNodes));
  } catch {
    // The next event or interval tries again.
  } finally {
    running = false;
  }
}

document.addEventListener("visibilitychange", swap);
if (root.dataset.refresh) setInterval(swap, 1000 * Number(root.dataset.refresh));
if (root.dataset.follow) news(root.dataset.follow.split(" "), root.dataset.cursor, swap);
