/** What servlets of other bundles build on: JSON in and out, failures as problems, the login gate's name. */
@Export
@Version("1.1.0")
@NullMarked
package opencode.nexus.web.http;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
