// Count deadlines down while the page is open, in the same words as the server (api/console/shell/words.py).
function span(seconds) {
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor((seconds % 86400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  if (days) return hours ? `${days} 天 ${hours} 小时` : `${days} 天`;
  if (hours) return minutes ? `${hours} 小时 ${minutes} 分` : `${hours} 小时`;
  return minutes ? `${minutes} 分钟` : `${Math.floor(seconds)} 秒`;
}

export function tick() {
  for (const time of document.querySelectorAll("[data-due]")) {
    const left = (Date.parse(time.dateTime) - Date.now()) / 1000;
    time.textContent = left < 0 ? `逾期 ${span(-left)}` : `剩 ${span(left)}`;
    time.classList.toggle("soon", left >= 0 && left < 7200);
    time.classList.toggle("past", left < 0);
  }
}

tick();
setInterval(tick, 1000);
