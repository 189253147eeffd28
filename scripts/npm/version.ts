/** Whether the version, its tag and the changes that are told fit together. A commit without a tag is on its way to a release. */
export function checkVersion(version: string | undefined, changelog: string, tags: readonly string[]): string {
  const [wrong] = tags.filter((tag) => tag !== `v${version}`);
  if (wrong !== undefined) {
    throw new Error(`Cannot release ${wrong}: deno.json has version ${version}; let them agree`);
  }
  const told = [...changelog.matchAll(/^## \[?([\w.-]+)/gm)].map(([, title]) => title);
  if (told.includes(version)) return `${version}, told in CHANGELOG.md`;
  if (tags.length > 0) {
    throw new Error(`Cannot release ${version}: CHANGELOG.md has no section "## ${version}"; rename "## Unreleased"`);
  }
  if (!told.includes("Unreleased")) {
    throw new Error(`Cannot release ${version}: CHANGELOG.md tells of ${told[0]} at last; write what changed since`);
  }
  return `${version}, not tagged; "Unreleased" is to become "${version}" in CHANGELOG.md`;
}
