// Drafts of visits in the phone's own database: they outlive the page, the browser and a day without network.
const STORE = "drafts";

const database = new Promise((resolve, reject) => {
  const request = indexedDB.open("mingchu-visits", 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "task" });
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

async function run(mode, act) {
  const store = (await database).transaction(STORE, mode).objectStore(STORE);
  return new Promise((resolve, reject) => {
    const request = act(store);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export const draftOf = (task) => run("readonly", (store) => store.get(task));
export const drafts = () => run("readonly", (store) => store.getAll());
export const keep = (draft) => run("readwrite", (store) => store.put(draft));
export const forget = (task) => run("readwrite", (store) => store.delete(task));
