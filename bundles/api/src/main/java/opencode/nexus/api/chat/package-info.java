/** Conversations, as the page and the HTTP API name them. */
@Export
@Version("2.1.0")
@NullMarked
package opencode.nexus.api.chat;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
