import { ConfigError } from "./config-error";

/** One part of user data, decoded. */
export interface Part {
  content: string;
  /** Where it begins in the whole, counted from 1. */
  line: number;
}

/** Types that cloud-init runs or merges; others it leaves alone, handlers and includes excepted. */
const TEXT_TYPES = ["text/cloud-config", "text/x-shellscript", "text/plain"];

/** The parts of a MIME multipart, as `cloud-init devel make-mime` writes it; any other text is one part. */
export function mimeParts(text: string, path: string): Part[] {
  if (!/^(?:content-type|mime-version):/i.test(text)) return [{ content: text, line: 1 }];
  return partsOf(text.replaceAll("\r\n", "\n"), 1, path);
}

function partsOf(text: string, line: number, path: string): Part[] {
  const end = text.indexOf("\n\n");
  const head = headersOf(end < 0 ? text : text.slice(0, end));
  const body = end < 0 ? "" : text.slice(end + 2);
  const bodyLine = line + (end < 0 ? 0 : text.slice(0, end + 2).split("\n").length - 1);
  const type = (head.get("content-type") ?? "text/plain").trim();
  const mediaType = type.split(";")[0].trim().toLowerCase();
  if (!mediaType.startsWith("multipart/")) {
    if (!TEXT_TYPES.includes(mediaType))
      throw new ConfigError(path, line, `a part of type ${TEXT_TYPES.join(", ")}`, mediaType);
    return [
      { content: decoded(body, head.get("content-transfer-encoding") ?? "7bit", path, line), line: bodyLine },
    ];
  }
  const boundary = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(type);
  if (!boundary) throw new ConfigError(path, line, "a boundary in Content-Type", type);
  return sliced(body, boundary[1] ?? boundary[2], bodyLine, path).flatMap((part) =>
    partsOf(part.content, part.line, path),
  );
}

/** Headers by lower-case name; a line that begins with white space goes on with the one before (RFC 5322, 2.2.3). */
function headersOf(text: string): Map<string, string> {
  const unfolded = text.replace(/\n[ \t]+/g, " ").split("\n");
  return new Map(
    unfolded.map((header) => {
      const colon = header.indexOf(":");
      return [header.slice(0, colon).trim().toLowerCase(), header.slice(colon + 1).trim()];
    }),
  );
}

function sliced(body: string, boundary: string, firstLine: number, path: string): Part[] {
  const parts: Part[] = [];
  let content: string[] | undefined;
  const lines = body.split("\n");
  for (const [index, line] of lines.entries()) {
    const mark = line.trimEnd();
    if (mark !== `--${boundary}` && mark !== `--${boundary}--`) {
      content?.push(line);
      continue;
    }
    if (content) parts.push({ content: content.join("\n"), line: firstLine + index - content.length });
    if (mark.endsWith("--") && mark !== `--${boundary}`) return parts;
    content = [];
  }
  throw new ConfigError(
    path,
    firstLine + lines.length - 1,
    `--${boundary}-- at the end`,
    "the end of the text",
  );
}

function decoded(body: string, encoding: string, path: string, line: number): string {
  switch (encoding.toLowerCase()) {
    case "7bit":
    case "8bit":
    case "binary":
      return body;
    case "base64":
      return Buffer.from(body, "base64").toString("utf8");
    case "quoted-printable":
      return Buffer.from(
        body
          .replace(/=[ \t]*\n/g, "")
          .replace(/=([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16))),
        "latin1",
      ).toString("utf8");
    default:
      throw new ConfigError(path, line, "a Content-Transfer-Encoding of MIME", encoding);
  }
}
