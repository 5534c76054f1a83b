// Send kept visits: photos first, each once, then the visit under the id that the phone made for it.
import { send } from "../shell/api.js";
import { drafts, forget, keep } from "./drafts.js";

const AGAIN = new Set(["offline", "store_unavailable", "not_ready", "rate_limited", "in_progress", "too_slow"]);
const TAKEN = new Set(["invalid_transition", "stale_version"]);

// An ended session leads to the log-in page, and from there back to the list, which sends what waits.
export const canWait = ({ code, status }) => AGAIN.has(code) || status === 401 || status >= 500;

async function accept(draft) {
  if (draft.accepted) return;
  const path = `/v1/supervision/tasks/${draft.task}/accept`;
  try {
    await send(path, { body: {}, version: draft.version, key: `${draft.id}-accept` });
  } catch (problem) {
    if (!TAKEN.has(problem.code)) throw problem;
  }
  draft.accepted = true;
  await keep(draft);
}

async function upload(draft) {
  for (const photo of draft.photos) {
    if (photo.id) continue;
    const form = new FormData();
    form.append("file", photo.blob, "photo.jpg");
    const path = `/v1/supervision/tasks/${draft.task}/photos`;
    photo.id = (await send(path, { form, key: `${draft.id}-${photo.key}` })).id;
    await keep(draft);
  }
}

async function deliver(draft) {
  await accept(draft);
  await upload(draft);
  const body = {
    ...draft.content,
    id: draft.id,
    photo_ids: draft.photos.map((photo) => photo.id),
    client_at: draft.signed_at, // the moment of sending would make a repeat another request
  };
  const made = await send(`/v1/supervision/tasks/${draft.task}/visits`, { body, key: draft.id });
  await forget(draft.task);
  return made;
}

// One tab at a time sends; without locks (no https) the ids keep a visit from counting twice.
const alone = (act) => (navigator.locks ? navigator.locks.request("mingchu-visits", act) : act());

// Send all waiting visits of a user; return what was sent, how many still wait, and the problem of one that can't be.
export function deliverAll(who) {
  return alone(async () => {
    const result = { sent: [], waiting: 0, problem: null };
    for (const draft of await drafts()) {
      if (!draft.waiting || draft.who !== who) continue;
      try {
        result.sent.push(await deliver(draft));
      } catch (problem) {
        if (canWait(problem)) result.waiting += 1;
        else {
          draft.waiting = false;
          await keep(draft);
          result.problem = problem;
        }
      }
    }
    return result;
  });
}
