// Send requests to /v1 with the CSRF token, a version and an idempotency key; turn problems into errors.
import "./blank.js";

// Below a path of the host (behind a reverse proxy) addresses begin with it.
const prefix = document.querySelector('meta[name="prefix"]')?.content ?? "";
export const rooted = (path) => prefix + path;
export const here = () => location.pathname.slice(prefix.length);

const csrf = document.querySelector('meta[name="csrf"]')?.content ?? "";

const SPOKEN = { Accept: "application/json", "Accept-Language": "zh-CN" };

const SAID = {
  stale_version: "内容刚刚有变化，已重新载入，请重新确认",
  invalid_transition: "该步骤已完成，或当前状态下不能执行",
  not_allowed: "您的角色或辖区无权执行此操作",
  too_large: "照片太大，每张不能超过 8 MB",
  store_unavailable: "数据库暂时没有响应，请稍后再试",
  not_ready: "平台正在处理其他照片，请几秒后再试",
  no_picture: "这不是照片，请选择 JPEG、PNG 或 WebP 图片",
  picture_broken: "照片已损坏，无法打开，请重新拍摄",
  picture_truncated: "照片不完整，末尾缺失，请重新选择或重新拍摄",
  picture_too_large: "照片像素太多，请降低拍摄分辨率后再试",
  picture_too_heavy: "照片太大，每张不能超过 8 MB",
  picture_too_costly: "照片无法在合理时间内打开，请换一张",
  picture_used: "这张照片已作为其他整改的证明，请重新拍摄",
  picture_not_new: "画面还没有更新，请等新的画面出现后再截图",
  too_slow: "网络太慢，上传超时，请重试",
  rate_limited: "操作太频繁，请稍后再试",
};

export class Problem extends Error {
  constructor(status, body) {
    super(chinese(body.detail) || SAID[body.code] || said(body) || unsaid(body) || `出错了（${status}）`);
    this.status = status;
    this.code = body.code;
  }
}

// The Chinese half of a detail like "请填写签名 name: expected …"; none if a name or label begins an English sentence.
export function chinese(detail = "") {
  const half = detail.split(/\s(?=(?:\d+ )?[a-z])(?![a-z]+:\/\/)/, 1)[0];
  const on = detail.slice(half.length).trimStart();
  if (!/^[\u4e00-\u9fff]/.test(half) || half.endsWith(":") || ENGLISH_VERB.test(on)) return "";
  return half;
}
const ENGLISH_VERB = /^(belongs|breaks|happens|has|is|needs|refers|signs|supervises|took)\b/;

// The first wrong field by its label on the page, and what was expected there.
function said({ errors }) {
  const first = errors?.find(({ expected }) => /[\u4e00-\u9fff]/.test(expected));
  if (!first) return undefined;
  const name = first.where.split(".").findLast((part) => !/^\d+$/.test(part)) ?? "";
  const label = document.querySelector(`[name="${CSS.escape(name)}"]`)?.labels?.[0]?.firstChild?.textContent.trim();
  return label ? `${label}：${first.expected}` : `${first.expected}（${name}）`;
}

// What only has a technical text keeps it, so that whoever is asked for help can read it.
const unsaid = ({ code, detail }) => detail && `${ABOUT[code] ?? "填写的内容不符合要求"}（${detail}）`;
const ABOUT = { conflict: "与已有内容冲突", not_found: "找不到所需的内容", internal: "平台出错" };

export async function send(path, { body, version, form, key = newKey() } = {}) {
  const headers = { ...SPOKEN, "X-CSRF-Token": csrf, "Idempotency-Key": key };
  if (version !== undefined) headers["If-Match"] = `"${version}"`;
  if (!form) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(rooted(path), { method: "POST", headers, body: form ?? JSON.stringify(body ?? {}) });
  } catch {
    throw new Problem(0, { code: "offline", detail: "连不上服务器，请检查网络后再试" });
  }
  const content = await answer.json().catch(() => ({}));
  if (answer.status === 401) location.assign(rooted(`/console/login?next=${here()}`));
  if (!answer.ok) throw new Problem(answer.status, content);
  return content;
}

export async function load(path) {
  const answer = await fetch(rooted(path), { headers: SPOKEN });
  const content = await answer.json().catch(() => ({}));
  if (answer.status === 401) location.assign(rooted(`/console/login?next=${here()}`));
  if (!answer.ok) throw new Problem(answer.status, content);
  return content;
}

export async function fragment(path) {
  const answer = await fetch(path.startsWith("/") ? rooted(path) : path, { headers: { Accept: "text/html" } });
  if (answer.redirected && answer.url.includes("/console/login")) location.assign(answer.url);
  if (!answer.ok) throw new Problem(answer.status, { detail: `载入失败（${answer.status}）` });
  return answer.text();
}

// crypto.randomUUID needs https; random values do not.
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}
