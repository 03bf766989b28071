/** The login gate, the pages, the stream of events, and everything about who is logged in. */
@NullMarked
package opencode.nexus.web;

import org.jspecify.annotations.NullMarked;
