/** Pages of documentation that are shipped with the package. */
export const PAGES = 'src/diagnose/pages';

/** Path of a page in the package. */
export function pagePath(page: string): string {
  return `${PAGES}/${page}.md`;
}
