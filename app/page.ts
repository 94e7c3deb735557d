import { randomUUID } from "node:crypto";
import { html, raw } from "hono/html";
import { AUTHOR_MAX, type FieldProblem, TEXT_MAX } from "./drafts";
import type { FormInput } from "./input";
import type { ListQuery, ListResult, Message } from "./messages";
import type { Problem } from "./problem";
import { STYLE } from "./style";

type Html = ReturnType<typeof html>;

/** What the form shows after a failed try. */
export type FormAgain = Pick<FormInput, "errors" | "typed">;

const EMPTY: FormAgain = { errors: [], typed: { author: "", text: "" } };

/**
 * The page for people: a form and the messages, newest first. Works without JavaScript; everything a visitor
 * wrote is escaped by the template.
 */
export function messagesPage(
  host: string,
  query: ListQuery,
  result: ListResult,
  form: FormAgain = EMPTY,
): Html {
  const { messages, next, behind, servedBy } = result;
  const older = next === undefined ? undefined : `/?${olderQuery(query, next)}`;
  return layout(
    form.errors.length > 0 ? "Please correct your message" : "Messages",
    html`<main>
        ${behind ? html`<p class="notice" role="status">Your message is on its way; reload in a moment to see it.</p>` : ""}
        ${messageForm(form)}
        <h2>${query.before === undefined ? "Newest messages" : "Older messages"}</h2>
        ${
          messages.length === 0
            ? html`<p>Nothing here yet.</p>`
            : html`<ul>
                ${messages.map(messageItem)}
              </ul>`
        }
        <nav aria-label="Pages">
          ${query.before === undefined ? "" : html`<a href="/">Newest</a>`}
          ${older === undefined ? "" : html`<a href="${older}" rel="next">Older</a>`}
        </nav>
      </main>
      <footer>Served by ${host}, read from ${servedBy.host} (${servedBy.role}).</footer>`,
  );
}

/** The page for people when something went wrong. */
export function problemPage(problem: Problem, requestId: string): Html {
  return layout(
    problem.title,
    html`<main>
      <div class="error" role="alert">
        <p>${problem.detail}</p>
        ${problem.errors.map((error) => html`<p>${error.field}: ${error.message}</p>`)}
      </div>
      <p><a href="/">Back to the messages</a></p>
      <p><small>Request ${requestId}</small></p>
    </main>`,
  );
}

/** The query of the next page, for `/` and for `/messages`. */
export function olderQuery(query: ListQuery, next: number): string {
  return new URLSearchParams({ before: String(next), limit: String(query.limit) }).toString();
}

function layout(title: string, body: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · www.foobar.com</title>
        <link rel="icon" href="data:," />
        ${raw(`<style>${STYLE}</style>`)}
      </head>
      <body>
        <header>
          <h1>www.foobar.com</h1>
          <p>Leave a short message for whoever comes next.</p>
        </header>
        ${body}
      </body>
    </html>`;
}

function messageForm({ errors, typed }: FormAgain): Html {
  const general = errors.filter(({ field }) => field !== "author" && field !== "text");
  return html`<form method="post" action="/messages">
    ${general.map(({ message }) => html`<p class="error" role="alert">${message}</p>`)}
    <input type="hidden" name="key" value="${randomUUID()}" />
    <label for="author">Name <span>(optional)</span></label>
    <input
      id="author"
      name="author"
      maxlength="${AUTHOR_MAX}"
      autocomplete="nickname"
      value="${typed.author}"
      ${invalid(errors, "author")}
    />
    ${fieldErrors(errors, "author")}
    <label for="text">Message <span>(at most ${TEXT_MAX} characters)</span></label>
    <textarea id="text" name="text" required maxlength="${TEXT_MAX}" ${invalid(errors, "text")}>
${typed.text}</textarea>
    ${fieldErrors(errors, "text")}
    <button type="submit">Add message</button>
  </form>`;
}

/** Attributes that tell assistive technology which field is wrong and where it says why. */
function invalid(errors: FieldProblem[], field: string): Html | string {
  if (!errors.some((error) => error.field === field)) return "";
  return raw(`aria-invalid="true" aria-describedby="${field}-error"`);
}

function fieldErrors(errors: FieldProblem[], field: string): Html | string {
  const own = errors.filter((error) => error.field === field).map((error) => error.message);
  return own.length === 0 ? "" : html`<p class="field-error" id="${field}-error">${own.join("; ")}</p>`;
}

function messageItem({ id, author, text, createdAt }: Message): Html {
  const iso = createdAt.toISOString();
  return html`<li id="m${id}">
    <div>
      <strong>${author}</strong><time datetime="${iso}">${iso.slice(0, 16).replace("T", " ")} UTC</time>
    </div>
    <p>${text}</p>
  </li>`;
}
