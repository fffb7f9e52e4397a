// What three JavaScript libraries make of a workbook; `compat/programs.py` calls it.
//
//   node spreadsheets.mjs save exceljs|sheetjs SOURCE TARGET     open and save again
//   node spreadsheets.mjs cells exceljs|sheetjs SOURCE           print {sheet: {A1: value}}
//   node spreadsheets.mjs compute SOURCE                         recompute by HyperFormula, print the same
import { createRequire } from "node:module";
import { env } from "node:process";

const load = createRequire(`${env.PTXL_COMPAT}/package.json`);

async function save(library, source, target) {
  if (library === "exceljs") {
    const book = new (load("exceljs").Workbook)();
    await book.xlsx.readFile(source);
    await book.xlsx.writeFile(target);
    return;
  }
  const xlsx = load("@e965/xlsx");
  const book = xlsx.readFile(source, { cellStyles: true, bookVBA: true, cellNF: true });
  xlsx.writeFile(book, target, { cellStyles: true, compression: true });
}

function ofSheetJs(source) {
  const book = load("@e965/xlsx").readFile(source);
  const sheets = {};
  for (const name of book.SheetNames) {
    const cells = Object.entries(book.Sheets[name]).filter(([at]) => !at.startsWith("!"));
    sheets[name] = Object.fromEntries(cells.map(([at, cell]) => [at, cell.v ?? null]));
  }
  return sheets;
}

async function ofExcelJs(source) {
  const book = new (load("exceljs").Workbook)();
  await book.xlsx.readFile(source);
  const sheets = {};
  book.eachSheet((sheet) => {
    const cells = {};
    sheet.eachRow((row) =>
      row.eachCell((cell) => {
        if (cell.master === cell) cells[cell.address] = plain(cell);
      }),
    );
    sheets[sheet.name] = cells;
  });
  return sheets;
}

function plain(cell) {
  const value = cell.formula ? cell.result : cell.value;
  if (value?.richText) return value.richText.map((run) => run.text).join("");
  return value ?? null;
}

function compute(source) {
  const xlsx = load("@e965/xlsx");
  const { HyperFormula } = load("hyperformula");
  const book = xlsx.readFile(source);
  const tables = {};
  for (const name of book.SheetNames) {
    const sheet = book.Sheets[name];
    const rows = [];
    for (const [at, cell] of Object.entries(sheet)) {
      if (at.startsWith("!")) continue;
      const { r, c } = xlsx.utils.decode_cell(at);
      (rows[r] ??= [])[c] = cell.f ? `=${quoted(cell.f, book.SheetNames)}` : literal(cell);
    }
    tables[name] = Array.from(rows, (row) => Array.from(row ?? [], (value) => value ?? null));
  }
  const engine = HyperFormula.buildFromSheets(tables, {
    licenseKey: "gpl-v3",
    useArrayArithmetic: true,
    maxRows: 100000,
  });
  const sheets = {};
  for (const name of book.SheetNames) {
    const id = engine.getSheetId(name);
    const cells = {};
    for (const [at, cell] of Object.entries(book.Sheets[name])) {
      if (at.startsWith("!") || !cell.f) continue;
      const { r, c } = xlsx.utils.decode_cell(at);
      const value = engine.getCellValue({ sheet: id, row: r, col: c });
      cells[at] = value?.value ?? value;
    }
    sheets[name] = cells;
  }
  return sheets;
}

// HyperFormula reads `=…` and `'…` in a text as instructions.
function literal(cell) {
  const isText = typeof cell.v === "string";
  return isText && /^[='+]/.test(cell.v) ? `'${cell.v}` : cell.v;
}

// It also wants names of sheets in quotes where Excel does not.
function quoted(formula, names) {
  let found = formula;
  for (const name of names) found = found.replaceAll(`${name}!`, `'${name}'!`).replaceAll(`''${name}''!`, `'${name}'!`).replaceAll(`''${name}'!`, `'${name}'!`);
  return found;
}

const [what, ...rest] = process.argv.slice(2);
if (what === "save") await save(...rest);
else if (what === "compute") console.log(JSON.stringify(compute(...rest)));
else if (rest[0] === "exceljs") console.log(JSON.stringify(await ofExcelJs(rest[1])));
else console.log(JSON.stringify(ofSheetJs(rest[1])));
