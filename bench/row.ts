/** Adds a line to the table of figures. */
export type Row = (figure: string, measured: string, wanted?: string) => void;
