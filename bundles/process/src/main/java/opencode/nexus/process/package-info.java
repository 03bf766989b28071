/** Custody of child processes: started detached, found again after a crash, ended with everything below them. */
@NullMarked
package opencode.nexus.process;

import org.jspecify.annotations.NullMarked;
