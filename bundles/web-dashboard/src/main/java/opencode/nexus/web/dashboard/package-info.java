/** The machine room over HTTP: translates, decides nothing. */
@NullMarked
package opencode.nexus.web.dashboard;

import org.jspecify.annotations.NullMarked;
