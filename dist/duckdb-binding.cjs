module.exports=globalThis[Symbol.for('modelgate.duckdb')]
