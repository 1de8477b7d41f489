/**
 * How many containers a pod may have. No host runs as many, so one that asks for more has a number wrong; and a plan of
 * them would take all memory before any engine could refuse.
 */
export const mostContainers = 10_000;
