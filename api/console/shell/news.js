// Follow the event feed by long poll and call `tell` with new events of the given types.
// A hidden page closes its connection (a browser has six per server) and catches up when it is visible again.
import { here, rooted } from "./api.js";

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const seen = () =>
  new Promise((done) => {
    if (!document.hidden) return done();
    document.addEventListener("visibilitychange", () => done(), { once: true });
  });
let waiting;
document.addEventListener("visibilitychange", () => document.hidden && waiting?.abort());

export async function news(types, cursor, tell) {
  for (let failures = 0; ; ) {
    await seen();
    waiting = new AbortController();
    const began = performance.now();
    const query = new URLSearchParams({ limit: "200", wait: "25", cursor });
    for (const type of types) query.append("type", type);
    try {
      const answer = await fetch(rooted(`/v1/events?${query}`), { headers: { Accept: "application/json" }, signal: waiting.signal });
      const page = await answer.json();
      if (answer.status === 401) return location.assign(rooted(`/console/login?next=${here()}`));
      if (answer.status === 410) cursor = page.earliest_cursor;
      else if (answer.ok) cursor = page.next_cursor;
      else throw new Error(answer.status);
      failures = 0;
      if (answer.ok && page.data.length) await tell(page.data);
      // An empty answer without a wait means that the server has no room for another long poll.
      await pause(!page.data?.length && performance.now() - began < 2000 ? 5000 : 400);
    } catch {
      if (waiting.signal.aborted) continue;
      failures += 1;
      await pause(Math.min(30000, 1000 * 2 ** failures));
    }
  }
}
