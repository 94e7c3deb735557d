import { KEY_PATTERN, checkDraft } from "../../app/drafts";

test("spaces around author and text are dropped, and line ends become one kind", () => {
  expect(checkDraft({ author: "  Ada ", text: "\r\n one\r\ntwo\rthree \n" })).toEqual({
    author: "Ada",
    text: "one\ntwo\nthree",
  });
});

test.each([undefined, "", "   "])("people who give %j as a name are anonymous", (author) => {
  expect(checkDraft({ author, text: "x" })).toEqual({ author: "anonymous", text: "x" });
});

test("length is counted in characters, not in UTF-16 units or bytes", () => {
  expect(checkDraft({ author: "ü".repeat(40), text: "\u{1F600}".repeat(500) })).not.toBeInstanceOf(Array);
  expect(checkDraft({ text: "\u{1F600}".repeat(501) })).toEqual([
    { field: "text", message: "want at most 500 characters, got 501" },
  ]);
  expect(checkDraft({ author: "a".repeat(41), text: "x" })).toEqual([
    { field: "author", message: "want at most 40 characters, got 41" },
  ]);
});

test.each([
  ["no text", {}, "want 1 to 500 characters, got none"],
  ["only spaces", { text: " \n " }, "want 1 to 500 characters, got none"],
  ["a number", { text: 5 }, "want text, got number"],
  ["null", { text: null }, "want text, got null"],
  ["a NUL", { text: "a\u0000b" }, "want plain text, got control characters"],
  ["an escape", { text: "a\u001b[2Jb" }, "want plain text, got control characters"],
  ["a mark that reverses text", { text: "a\u202eb" }, "want plain text, got control characters"],
  ["half a character", { text: "a\ud83db" }, "want plain text, got control characters"],
])("%s is one problem of the field text", (_what, input, message) => {
  expect(checkDraft(input)).toEqual([{ field: "text", message }]);
});

test("tabs and line ends are plain text, but a name has one line", () => {
  expect(checkDraft({ text: "a\tb\nc" })).toEqual({ author: "anonymous", text: "a\tb\nc" });
  expect(checkDraft({ author: "a\nb", text: "x" })).toEqual([
    { field: "author", message: "want one line, got several" },
  ]);
});

test("a field that is not known is named", () => {
  expect(checkDraft({ text: "x", txet: "y" })).toEqual([
    { field: "txet", message: "want only author and text, got this field" },
  ]);
});

test.each(["12345678", "018f3b0e-7d2c-7c3a-9a43-1f0f3cf0c5aa", "a".repeat(64)])("%s is a key", (key) => {
  expect(key).toMatch(KEY_PATTERN);
});

test.each(["1234567", "a".repeat(65), "with space", "ümlauts-", "line\nend1"])("%j is no key", (key) => {
  expect(key).not.toMatch(KEY_PATTERN);
});
