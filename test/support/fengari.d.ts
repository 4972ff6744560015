/** The part of fengari, Lua in JavaScript, that a test uses. Its functions are those of Lua's C API. */
declare module 'fengari' {
  type State = { readonly [brand]: never };
  interface Fengari {
    readonly to_luastring: (text: string) => Uint8Array;
    readonly to_jsstring: (text: Uint8Array) => string;
    readonly lauxlib: {
      luaL_newstate(): State;
      luaL_dostring(state: State, program: Uint8Array): number;
    };
    readonly lualib: { luaL_openlibs(state: State): void };
    readonly lua: {
      lua_tostring(state: State, index: number): Uint8Array;
      lua_getfield(state: State, index: number, name: Uint8Array): number;
    };
  }
  const brand: unique symbol;
  const fengari: Fengari;
  export default fengari;
}
