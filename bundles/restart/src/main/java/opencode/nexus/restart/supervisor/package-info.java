/** What a supervisor decides, as functions: no clock, no thread, no file. */
@NullMarked
package opencode.nexus.restart.supervisor;

import org.jspecify.annotations.NullMarked;
