import type { Host } from "../site/host";
import { parseUserData, type UserData } from "../parse/cloud-init";
import { ConfigError } from "../parse/config-error";
import { isUnknown, Unknown, type Resource } from "../site/resources";
import { notApplicable, rule, unknown, violation, type Finding } from "../rule";
import { SecretScanner } from "../access/secret-scan";

const TEMPLATES = [
  "aws:ec2/launchTemplate:LaunchTemplate",
  "aws:ec2/launchConfiguration:LaunchConfiguration",
];
const FUNCTION = "aws:lambda/function:Function";

export const noSecretInUserData = rule({
  id: "no-secret-in-user-data",
  title: "User data, tags and environments hold configuration and no secret",
  why: "User data is no safe place: every process of the host can read it from the metadata service, everybody with the right to describe instances can read it from AWS, and it stays in the deployment's state and in images. The same is true of tags and of the environment of functions.",
  sources: [
    {
      title: "Run commands when you launch an EC2 instance with user data input, Amazon EC2 user guide",
      url: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html",
    },
    {
      title: "Access instance metadata for an EC2 instance, Amazon EC2 user guide",
      url: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html",
    },
    { title: "gitleaks/gitleaks, GitHub", url: "https://github.com/gitleaks/gitleaks" },
    { title: "Yelp/detect-secrets, GitHub", url: "https://github.com/Yelp/detect-secrets" },
  ],
  fix: "Put the value into Secrets Manager and let the host fetch it at boot with its role; then change it, because it has been seen.",
  severity: "critical",
  frameworks: [
    { name: "AWS Well-Architected Framework", version: "2024-11-06", reference: "SEC02-BP03" },
    { name: "NIST SP 800-53", version: "Rev. 5", reference: "IA-5(7)" },
  ],
  examples: {
    language: "yaml",
    bad: "#cloud-config\nwrite_files:\n  - path: /etc/foobar/app.env\n    content: DATABASE_PASSWORD=correct-horse\n",
    good: "#cloud-config\nwrite_files:\n  - path: /etc/foobar/app.env\n    content: DATABASE_CREDENTIALS_FILE=/etc/foobar/app/database.json\n",
  },
  proof:
    "The lab reads the user data of every host from its metadata service and finds none of the values that Secrets Manager holds.",
  check(site) {
    const templates = TEMPLATES.flatMap((type) => site.ofType(type));
    const functions = site.ofType(FUNCTION);
    if (site.hosts.length + templates.length + functions.length === 0)
      return notApplicable("the stack has no host and no function");
    const scanner = new SecretScanner();
    return [
      ...site.hosts.flatMap((host) => ofHost(scanner, host)),
      ...templates.flatMap((template) => ofTemplate(scanner, template)),
      ...functions.flatMap((one) =>
        ofTexts(scanner, one, one.name, "environment", one.at("environment", "variables")),
      ),
      ...site.resources.flatMap((one) =>
        one.type.startsWith("aws:") ? ofTexts(scanner, one, one.name, "tag", one.get("tags")) : [],
      ),
    ];
  },
});

function ofHost(scanner: SecretScanner, host: Host): Finding[] {
  const { resource, name, userData } = host;
  if (isUnknown(userData))
    return [unknown(resource, userData, `whether user data of ${name} holds a secret`)];
  return userData ? ofUserData(scanner, resource, name, userData) : [];
}

/** A template has user data as an instance does, always in base64 in one kind of it. */
function ofTemplate(scanner: SecretScanner, template: Resource): Finding[] {
  const [base64, text] = [template.get("userDataBase64"), template.get("userData")];
  const missing = [base64, text].find(isUnknown);
  if (missing) return [unknown(template, missing, `whether user data of ${template.name} holds a secret`)];
  const given = typeof base64 === "string" && base64 !== "" ? base64 : text;
  if (typeof given !== "string" || given === "") return [];
  const plain = given !== base64 && /\s/.test(given.trim());
  try {
    return ofUserData(
      scanner,
      template,
      template.name,
      parseUserData(plain ? { text: given } : { base64: given }),
    );
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [
      unknown(template, new Unknown(error.message), `whether user data of ${template.name} holds a secret`),
    ];
  }
}

/** Files first, which have names and lines that people know; then commands, and what is left of the document. */
function ofUserData(scanner: SecretScanner, resource: Resource, name: string, data: UserData): Finding[] {
  const files = [...data.files.values()].flatMap(({ path, content }) =>
    scanner.scan(content).map((suspect) => ({ ...suspect, where: `${path} line ${suspect.line}` })),
  );
  const commands = data.commands.flatMap((command) =>
    scanner.scan(command.join(" ")).map((suspect) => ({ ...suspect, where: "a command" })),
  );
  const told = [...files, ...commands];
  const rest = scanner
    .scan(data.text)
    .filter(({ value }) => !told.some((one) => one.value.includes(value) || value.includes(one.value)))
    .map((suspect) => ({ ...suspect, where: `line ${suspect.line}` }));
  return [...told, ...rest].map(({ what, value, where }) =>
    violation(
      resource,
      `${name}: ${where} of its user data holds ${what} (${masked(value)}); fetch it from Secrets Manager at boot`,
    ),
  );
}

/** Values of a map of texts, such as tags. Unknown ones are somebody else's ids. */
function ofTexts(
  scanner: SecretScanner,
  resource: Resource,
  name: string,
  where: string,
  map: unknown,
): Finding[] {
  if (map === null || typeof map !== "object" || isUnknown(map)) return [];
  return Object.entries(map).flatMap(([key, value]) =>
    typeof value !== "string"
      ? []
      : scanner
          .scan(`${key}=${value}`)
          .map(({ what, value: secret }) =>
            violation(
              resource,
              `${name}: ${where} ${key} holds ${what} (${masked(secret)}); keep it in Secrets Manager`,
            ),
          ),
  );
}

/** Enough to find it again, and too little to use it. */
function masked(value: string): string {
  const shown = value.length >= 16 ? 4 : 1;
  return `${value.slice(0, shown)}…, ${value.length} characters`;
}
