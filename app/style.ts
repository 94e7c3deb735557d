import { createHash } from "node:crypto";

/** The page's whole style: no other file is loaded. Light and dark follow the reader's system. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --paper: #f6f7f9; --card: #fff;
  --line: #d0d7de; --accent: #0b57d0; --on-accent: #fff; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9aa7b4; --paper: #0d1117;
  --card: #161b22; --line: #30363d; --accent: #8ab4f8; --on-accent: #0d1117; --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); line-height: 1.5;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main, header, footer { max-width: 42rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 2.5rem; }
h1 { margin: 0; font-size: 1.75rem; letter-spacing: -.02em; }
h2 { margin: 2rem 0 .75rem; font-size: 1.1rem; }
header p, footer, time { color: var(--soft); }
header p { margin: .25rem 0 1.5rem; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
form, li { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1rem; }
form { display: grid; gap: .35rem; }
label { font-weight: 600; }
label span { color: var(--soft); font-weight: 400; }
input, textarea { width: 100%; padding: .6rem .7rem; font: inherit; color: inherit; background: var(--paper);
  border: 1px solid var(--line); border-radius: .5rem; margin-bottom: .6rem; }
textarea { min-height: 5.5rem; resize: vertical; }
[aria-invalid=true] { border-color: var(--bad); }
button { justify-self: start; padding: .6rem 1.4rem; font: inherit; font-weight: 600; border: 0;
  border-radius: .5rem; color: var(--on-accent); background: var(--accent); cursor: pointer; }
ul { list-style: none; margin: 0; padding: 0; display: grid; gap: .75rem; }
li p { margin: .25rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere; }
li div { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; }
li:target { border-color: var(--accent); box-shadow: 0 0 0 1px var(--accent); }
strong { overflow-wrap: anywhere; }
time { font-size: .875rem; }
.notice, .error { border-left: 4px solid var(--accent); padding: .5rem 1rem; background: var(--card);
  margin: 0 0 1rem; }
.error { border-color: var(--bad); }
.field-error { color: var(--bad); margin: -.4rem 0 .6rem; }
nav { display: flex; gap: 1.5rem; margin: 1.25rem 0; }
footer { padding: 1rem; font-size: .875rem; }
`;

/** Names the style in the Content-Security-Policy: no other inline style is applied. */
export const STYLE_HASH = `sha256-${createHash("sha256").update(STYLE).digest("base64")}`;
