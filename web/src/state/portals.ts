/** A page is of one portal or of several: `acme`, `acme,shop` (docs/request.md, "Several portals"). */
export const portalsOf = (portal: string): string[] => portal.split(',').filter(Boolean)
export const together = (ids: readonly string[]): string => ids.join(',')
export const isSeveral = (portal: string): boolean => portal.includes(',')
