import fengari from 'fengari';

const { lua, lauxlib, lualib, to_luastring: encode, to_jsstring: decode } = fengari;

/**
 * Runs a Lua program that returns a table of texts, as Argo CD runs a health script.
 * @param globals what the program finds by name, as JSON values.
 * @param fields of the table.
 * @throws what Lua reports.
 */
export function runLua(
  program: string,
  globals: Readonly<Record<string, unknown>>,
  fields: readonly string[],
): string[] {
  const state = lauxlib.luaL_newstate();
  lualib.luaL_openlibs(state);
  const preamble = Object.entries(globals).map(([name, value]) => `${name} = ${literal(value)}`);
  const failure = lauxlib.luaL_dostring(state, encode([...preamble, program].join('\n')));
  if (failure !== 0) throw new Error(decode(lua.lua_tostring(state, -1)));
  return fields.map((name) => {
    lua.lua_getfield(state, 1, encode(name));
    return decode(lua.lua_tostring(state, -1));
  });
}

/** A JSON value as an expression of Lua. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `{${value.map(literal).join(', ')}}`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([key, one]) => `[${JSON.stringify(key)}] = ${literal(one)}`)
      .join(', ')}}`;
  }
  return value === undefined ? 'nil' : JSON.stringify(value);
}
