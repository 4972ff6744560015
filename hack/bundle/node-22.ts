/** What the command line uses and Node 22 lacks. */
import 'core-js/actual/async-disposable-stack/index.js';
