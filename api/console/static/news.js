// Follow the event feed by long poll and tell when something of these types happened.
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export async function news(types, cursor, tell) {
  for (let failures = 0; ; ) {
    const began = performance.now();
    const query = new URLSearchParams({ limit: "200", wait: "25", cursor });
    for (const type of types) query.append("type", type);
    try {
      const answer = await fetch(`/v1/events?${query}`, { headers: { Accept: "application/json" } });
      const page = await answer.json();
      if (answer.status === 401) return location.assign(`/console/login?next=${location.pathname}`);
      if (answer.status === 410) cursor = page.earliest_cursor;
      else if (answer.ok) cursor = page.next_cursor;
      else throw new Error(answer.status);
      failures = 0;
      if (answer.ok && page.data.length) await tell(page.data);
      // An answer that came at once with nothing in it: the server has no room for another waiter.
      await pause(!page.data?.length && performance.now() - began < 2000 ? 5000 : 400);
    } catch {
      failures += 1;
      await pause(Math.min(30000, 1000 * 2 ** failures));
    }
  }
}
